using System.Threading.Channels;
using PatchEdge.OpcUa.SecureChannel;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Transport;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

/// <summary>
/// Keeps Publish requests outstanding over one connection and hands each answer to its subscription, in order of arrival. Ends with
/// the connection; what it could not acknowledge is given back.
/// </summary>
internal sealed class PublishPump : IAsyncDisposable
{
    private const int AcknowledgementsPerRequest = 1000;
    private const int FailuresInARow = 10;

    private readonly ConnectionKeeper keeper;
    private readonly Session session;
    private readonly SubscriptionSet subscriptions;
    private readonly PublishAllowance allowance;
    private readonly Channel<Answer> answers;
    private readonly CancellationTokenSource stopping = new();

    private readonly StrangerMessages strangers = new();
    private readonly Task running;
    private Task deleting = Task.CompletedTask;
    private int outstanding;
    private int failures;
    private int wakeUp;

    public PublishPump(ConnectionKeeper keeper, Session session)
    {
        this.keeper = keeper;
        this.session = session;
        subscriptions = keeper.Subscriptions;
        allowance = new PublishAllowance(keeper.Options.MaxPublishRequests);
        // As many as can be outstanding, and wake-ups.
        answers = Channel.CreateBounded<Answer>(new BoundedChannelOptions(4 * keeper.Options.MaxPublishRequests + 64) { SingleReader = true, AllowSynchronousContinuations = true });
        running = RunAsync();
    }

    /// <summary>Something changed that the number of requests depends on.</summary>
    public void Wake()
    {
        // One at a time: wake-ups must never take the room that an answer needs.
        if (Interlocked.Exchange(ref wakeUp, 1) == 0)
            answers.Writer.TryWrite(default);
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        Wake();
        await running.ConfigureAwait(false);
        await deleting.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                await TopUpAsync().ConfigureAwait(false);
                var answer = await answers.Reader.ReadAsync(stopping.Token).ConfigureAwait(false);
                do
                {
                    await TakeAsync(answer).ConfigureAwait(false);
                }
                while (answers.Reader.TryRead(out answer));
            }
        }
        catch (OperationCanceledException)
        {
            // The connection is gone, or the client.
        }
        catch (UaException fault)
        {
            // A request could not be sent: the channel is closing, and its owner knows.
            session.GiveUp(fault);
        }
#pragma warning disable CA1031 // Without its pump a subscription is dead; the connection begins anew instead.
        catch (Exception bug)
#pragma warning restore CA1031
        {
            keeper.Diagnostics.Raise(at => new UaClientEvent.HandlerFailed(at, nameof(PublishPump), bug));
            session.GiveUp(new UaException(StatusCodes.BadInternalError, "The publish loop failed", nameof(PublishPump), "Report this with the log", bug));
        }
        finally
        {
            answers.Writer.TryComplete();
            while (answers.Reader.TryRead(out var left))
            {
                left.Message?.Dispose();
                left.Ticket?.GiveBack();
            }
            strangers.Dispose();
        }
    }

    private async ValueTask TopUpAsync()
    {
        while (outstanding < allowance.Target && subscriptions.HasRegistered && !subscriptions.IsAnyFull)
        {
            var ticket = new Ticket(this);
            var request = new PublishRequest { SubscriptionAcknowledgements = ticket.TakeAcknowledgements(subscriptions) };
            outstanding++;
            try
            {
                await session.PostAsync(request, ticket, stopping.Token).ConfigureAwait(false);
            }
            catch
            {
                outstanding--;
                ticket.GiveBack();
                throw;
            }
        }
    }

    private async ValueTask TakeAsync(Answer answer)
    {
        if (answer.Ticket is null)
        {
            // A wake-up: perhaps somebody registered whom an answer waits for.
            Volatile.Write(ref wakeUp, 0);
            MatchStrangers();
            return;
        }
        outstanding--;
        var fault = answer.Fault;
        var (subscriptionId, more) = (0u, false);
        if (answer.Message is { } message)
        {
            try
            {
                fault = ServiceChannel.ReadFault(message.Span, "Publish");
                if (fault is null)
                    (subscriptionId, more) = NotificationReader.ReadHead(message.Span);
            }
            catch (UaException malformed)
            {
                fault = malformed;
            }
        }
        if (fault is not null)
        {
            answer.Message?.Dispose();
            answer.Ticket.GiveBack();
            await TakeFaultAsync(fault).ConfigureAwait(false);
            return;
        }
        failures = 0;
        if (more && outstanding == 0)
            allowance.Burst();
        Dispatch(subscriptionId, answer.Message!, answer.At);
        DeleteStranger();
    }

    private void Dispatch(uint subscriptionId, PooledMessage message, Arrival at)
    {
        if (subscriptions.Find(subscriptionId) is { } subscription)
        {
            allowance.Flow(subscriptions.Count, keeper.Server.RoundTrip, subscription.RevisedPublishingInterval);
            if (!subscription.Accept(message, at))
                keeper.Diagnostics.Dropped($"a message of subscription {subscriptionId}, whose sink is hopelessly behind", StatusCodes.BadResourceUnavailable);
            return;
        }
        if (strangers.Add(subscriptionId, message, at) is { } oldest)
            keeper.Diagnostics.Dropped($"a message of subscription {oldest.SubscriptionId}, which is none of ours", StatusCodes.BadSubscriptionIdInvalid);
    }

    private bool IsRegistered(uint subscriptionId) => subscriptions.Find(subscriptionId) is not null;

    private void MatchStrangers()
    {
        foreach (var known in strangers.Take(IsRegistered))
            Dispatch(known.SubscriptionId, known.Message, known.At);
    }

    /// <summary>
    /// A subscription that stays unknown was created by a call whose answer got lost. It would eat Publish requests for as long as
    /// the session lasts, and is deleted.
    /// </summary>
    private void DeleteStranger()
    {
        if (strangers.IsEmpty || !deleting.IsCompleted || strangers.Expel(keeper.Time, keeper.Options.OperationTimeout, IsRegistered) is not { } id)
            return;
        keeper.Diagnostics.Dropped($"subscription {id} of this session is none of ours and is deleted", StatusCodes.BadSubscriptionIdInvalid);
        deleting = Subscription.DeleteAsync(new SubscriptionBinding(keeper, session, id));
    }

    private async ValueTask TakeFaultAsync(UaException fault)
    {
        switch (fault.Status.Code)
        {
            case StatusCodes.BadTooManyPublishRequests:
                var before = allowance.Target;
                if (allowance.Refuse(outstanding))
                    keeper.Diagnostics.Raise(at => new UaClientEvent.PublishRequestsLowered(at, before, allowance.Target));
                // With none left there is no answer to wait for; the server wants none at all just now.
                if (outstanding == 0)
                    await PauseAsync(TimeSpan.FromSeconds(1)).ConfigureAwait(false);
                return;
            case StatusCodes.BadNoSubscription:
                // The answer may have crossed a subscription that was just created: each looks for itself.
                foreach (var subscription in subscriptions.Snapshot())
                    subscription.Post(new SubscriptionInput.Gone(subscription.SubscriptionId, fault, IsCertain: false));
                await PauseAsync(keeper.Options.ReconnectBackoff.Delay(++failures, Random.Shared.NextDouble())).ConfigureAwait(false);
                return;
            case StatusCodes.BadTimeout or StatusCodes.BadRequestTimeout:
                return;
        }
        if (Session.IsSessionGone(fault.Status) || session.Channel.IsBroken)
        {
            session.GiveUp(fault);
            await stopping.CancelAsync().ConfigureAwait(false);
            return;
        }
        keeper.Diagnostics.Dropped($"a Publish request was refused: {fault.What}", fault.Status);
        if (++failures >= FailuresInARow)
        {
            session.GiveUp(fault);
            return;
        }
        await PauseAsync(keeper.Options.ReconnectBackoff.Delay(failures, Random.Shared.NextDouble())).ConfigureAwait(false);
    }

    private async ValueTask PauseAsync(TimeSpan wait) => await Task.Delay(wait, keeper.Time, stopping.Token).ConfigureAwait(false);

    private readonly record struct Answer(Ticket? Ticket, PooledMessage? Message, UaException? Fault, Arrival At);

    /// <summary>One Publish request that is outstanding, with what it acknowledges.</summary>
    private sealed class Ticket(PublishPump pump) : IResponseReceiver
    {
        private readonly List<(Subscription Subscription, uint Number, int Epoch)> acknowledged = [];

        public SubscriptionAcknowledgement[] TakeAcknowledgements(SubscriptionSet subscriptions)
        {
            List<SubscriptionAcknowledgement> wire = [];
            List<uint> taken = [];
            foreach (var subscription in subscriptions.Snapshot())
            {
                // Read before the numbers are taken: an id of later on would acknowledge somebody else's messages.
                var id = subscription.SubscriptionId;
                taken.Clear();
                var epoch = subscription.Acknowledgements.Take(AcknowledgementsPerRequest - wire.Count, taken);
                foreach (var number in taken)
                {
                    acknowledged.Add((subscription, number, epoch));
                    wire.Add(new SubscriptionAcknowledgement { SubscriptionId = id, SequenceNumber = number });
                }
            }
            return [.. wire];
        }

        /// <summary>The request did not arrive, or not to an end: what it acknowledged goes with another.</summary>
        public void GiveBack()
        {
            foreach (var (subscription, number, epoch) in acknowledged)
                subscription.Acknowledgements.Add(number, epoch);
            acknowledged.Clear();
        }

        public void Receive(PooledMessage message)
        {
            if (pump.answers.Writer.TryWrite(new Answer(this, message, null, Arrival.Now(pump.keeper.Time))))
                return;
            message.Dispose();
            GiveBack();
        }

        public void Fail(UaException fault)
        {
            if (!pump.answers.Writer.TryWrite(new Answer(this, null, fault, Arrival.Now(pump.keeper.Time))))
                GiveBack();
        }
    }
}
