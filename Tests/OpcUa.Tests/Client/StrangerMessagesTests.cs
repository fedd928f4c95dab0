using Microsoft.Extensions.Time.Testing;
using PatchEdge.OpcUa.Client;
using PatchEdge.OpcUa.Transport;

namespace PatchEdge.OpcUa.Tests.Client;

public sealed class StrangerMessagesTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly StrangerMessages strangers = new();

    public void Dispose() => strangers.Dispose();

    [Fact]
    public void Talkative_stranger_is_expelled_as_soon_as_a_quiet_one()
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Expel());
            Add(99);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }
        Assert.Equal(99u, Expel());
        Assert.Empty(strangers.Take(_ => true));
        Assert.Null(Expel());
    }

    [Fact]
    public void Messages_beyond_sixteen_push_out_the_oldest()
    {
        for (var i = 0; i < 16; i++)
            Assert.Null(Add((uint)i));
        Assert.Equal(0u, Add(16)!.SubscriptionId);
        Assert.Equal(16, strangers.Take(_ => true).Length);
    }

    [Fact]
    public void One_that_became_known_gets_its_messages_in_order_and_is_a_stranger_no_more()
    {
        Add(1);
        Add(2);
        Add(1);
        var taken = strangers.Take(id => id == 1);
        Assert.Equal([1u, 1], taken.Select(message => message.SubscriptionId));
        foreach (var message in taken)
            message.Message.Dispose();
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2u, Expel());
        Assert.Null(Expel());
    }

    [Fact]
    public void Id_that_the_server_used_again_for_one_of_ours_is_not_expelled()
    {
        Add(7);
        Add(8);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(8u, Expel(ours: 7));
        Assert.Null(Expel());
    }

    private uint? Expel(uint? ours = null) => strangers.Expel(time, TimeSpan.FromSeconds(10), id => id == ours);

    private Stranger? Add(uint subscriptionId) => strangers.Add(subscriptionId, new PooledMessage(16), Arrival.Now(time));
}
