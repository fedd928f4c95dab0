using System.Security.Cryptography;
using System.Text;
using PatchEdge.Agent.Configuration;
using PatchEdge.Plant.Messages;
using PatchEdge.Plant.Signing;

namespace PatchEdge.Agent.Permits;

/// <summary>The answer to a go-ahead request, or its absence.</summary>
/// <param name="Permission">Null when it was denied or nobody answered.</param>
/// <param name="Reason">Why not; empty when granted.</param>
internal sealed record GoAheadAnswer(Permission? Permission, string Reason);

/// <summary>Asks the scheduler at a step's edge, and believes only its signed answer to this very question. Silence means no.</summary>
internal sealed class GoAheadDesk(
    AgentIdentity identity, AgentTimings timings, RefusalCounter refusals, TimeProvider time, Func<GoAheadRequest, CancellationToken, Task<bool>> send) : IDisposable
{
    private readonly ECDsa key = identity.CreateKey();
    private readonly Lock gate = new();
    private Question? question;

    /// <summary>Asks, again and again, until answered or the time to wait is over. One question at a time.</summary>
    /// <exception cref="OperationCanceledException">The agent stops.</exception>
    public async Task<GoAheadAnswer> AskAsync(string run, long token, string step, CancellationToken stop)
    {
        var asked = new Question(run, token, step);
        lock (gate)
            question = asked;
        try
        {
            return await WaitAsync(asked, stop);
        }
        finally
        {
            lock (gate)
                question = null;
        }
    }

    /// <param name="payload">Anything at all, from anyone.</param>
    /// <param name="retained">The broker's flag.</param>
    public void Receive(ReadOnlyMemory<byte> payload, bool retained)
    {
        if (retained)
            Refuse(Refusal.Retained, "the broker kept it; a go-ahead is never retained");
        else if (payload.Length > SignedToken.MaximumLength)
            Refuse(Refusal.Malformed, $"it has {payload.Length} bytes");
        else if (!SignedToken.TryVerify(Encoding.UTF8.GetString(payload.Span), SignedToken.GoAheadType, key, MessageJson.Default.GoAhead, out var goAhead, out var why))
            Refuse(Refusal.NotGenuine, why);
        else
            Judge(goAhead!);
    }

    public void Dispose() => key.Dispose();

    private async Task<GoAheadAnswer> WaitAsync(Question asked, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        long? firstSent = null;
        while (true)
        {
            var nonce = PendingNonces.Create();
            lock (gate)
                asked.Nonces[nonce] = Moment.Now(time);
            var request = new GoAheadRequest { Run = asked.Run, Host = identity.Host, Token = asked.Token, Step = asked.Step, Nonce = nonce };
            if (await send(request, stop))
                firstSent ??= time.GetTimestamp();
            else
                lock (gate)
                    asked.Nonces.Remove(nonce);
            var left = firstSent is { } since
                ? timings.GoAheadWait - time.GetElapsedTime(since)
                : timings.ConnectionWait - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero && !asked.Answer.Task.IsCompleted)
                return new GoAheadAnswer(null, firstSent is null ? $"no broker was reached within {timings.ConnectionWait}" : $"no answer came within {timings.GoAheadWait}");
            var pause = left < timings.GoAheadRepeat ? left : timings.GoAheadRepeat;
            try
            {
                return await asked.Answer.Task.WaitAsync(pause > TimeSpan.Zero ? pause : TimeSpan.Zero, time, stop);
            }
            catch (TimeoutException) when (left > TimeSpan.Zero)
            {
                // Asked once more, with a nonce of its own.
            }
        }
    }

    private void Judge(GoAhead goAhead)
    {
        lock (gate)
        {
            if (goAhead.Host != identity.Host)
                Refuse(Refusal.OtherHost, $"it is for host '{goAhead.Host}'");
            else if (question is not { } asked || goAhead.Nonce is null || !asked.Nonces.Remove(goAhead.Nonce, out var sent))
                Refuse(Refusal.UnknownNonce, $"nothing is asked with its nonce, for step '{goAhead.Step}' of run '{goAhead.Run}'");
            else if (goAhead.Run != asked.Run)
                Refuse(Refusal.OtherRun, $"run '{asked.Run}' was asked for, not '{goAhead.Run}'");
            else if (goAhead.Token != asked.Token || goAhead.Step != asked.Step)
                Refuse(Refusal.OtherStep, $"step '{asked.Step}' with token {asked.Token} was asked for, not '{goAhead.Step}' with {goAhead.Token}");
            else if (!goAhead.Granted)
                asked.Answer.TrySetResult(new GoAheadAnswer(null, "denied: " + goAhead.Reason));
            else if (Live(goAhead, sent) is { } permission)
                asked.Answer.TrySetResult(new GoAheadAnswer(permission, ""));
            else
                Refuse(Refusal.Expired, $"{sent.Elapsed(time).TotalMilliseconds:0} ms have passed since its nonce was sent, it lives {goAhead.LifetimeMs} ms");
        }
    }

    private Permission? Live(GoAhead goAhead, Moment sent)
    {
        var lifetime = TimeSpan.FromMilliseconds(goAhead.LifetimeMs);
        var permission = new Permission(sent, lifetime < timings.LongestLifetime ? lifetime : timings.LongestLifetime);
        return permission.IsLive(time) ? permission : null;
    }

    private void Refuse(Refusal refusal, string detail) => refusals.Count("go-ahead", refusal, detail);

    private sealed record Question(string Run, long Token, string Step)
    {
        /// <summary>Of this question, with when each was sent; few, since the wait is bounded.</summary>
        public Dictionary<string, Moment> Nonces { get; } = new(StringComparer.Ordinal);

        public TaskCompletionSource<GoAheadAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
