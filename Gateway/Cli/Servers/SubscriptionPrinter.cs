using PatchEdge.OpcUa.Client;
using PatchEdge.Plant.Files.Text;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary>Prints what a subscription delivers, line by line, trouble included.</summary>
internal sealed class SubscriptionPrinter(IReadOnlyList<string> names, bool json) : ISubscriptionSink
{
    public ValueTask OnDataChangeAsync(DataChange change)
    {
        foreach (ref readonly var item in change.Items.Span)
        {
            var name = names[(int)item.ClientHandle];
            var value = item.Value;
            Console.WriteLine(json
                ? JsonText.Reading(name, value)
                : Printable.Line($"{value.SourceTimestamp:HH:mm:ss.fff}  {name} = {value.Value}  {value.Status}"));
        }

        if (change.SequenceNumber != 0)
            change.Subscription.Acknowledge(change.SequenceNumber, change.Epoch);
        return default;
    }

    public ValueTask OnKeepAliveAsync(KeepAlive keepAlive) => default;

    public ValueTask OnLostAsync(LostNotifications lost) => Say($"{lost.Count} message(s) lost, {lost.First} to {lost.Last}: {lost.Reason}");

    public ValueTask OnStatusAsync(SubscriptionStatus status) => Say(status switch
    {
        SubscriptionStatus.ConnectionLost gone => "connection lost: " + gone.Reason.Message,
        SubscriptionStatus.Late late => $"no message for {late.Silence.TotalSeconds:0.0} s",
        SubscriptionStatus.Recovered back => $"recovered: {back.How}",
        SubscriptionStatus.ServerStateChanged state => $"the server is {state.Current}",
        SubscriptionStatus.ItemRejected rejected => $"{names[(int)rejected.Result.ClientHandle]} is not monitored: {rejected.Result.Status}",
        SubscriptionStatus.ItemAccepted accepted => $"{names[(int)accepted.Result.ClientHandle]} is monitored now",
        _ => null,
    });

    private static ValueTask Say(string? what)
    {
        if (what is not null)
            Console.Error.WriteLine(Printable.Line(what));
        return default;
    }
}
