using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Client;

// One attempt: channel, session old or new, what the server is, its subscriptions.
internal sealed partial class ConnectionKeeper
{
    /// <summary>One attempt, bounded as a whole, from nothing or a lost connection to an active session whose subscriptions are repaired. True when the old session was resumed.</summary>
    private async Task<bool> EstablishAsync(CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Options.ConnectTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping.Token, timeout.Token);
        try
        {
            return await EstablishOnceAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested && !stopping.IsCancellationRequested)
        {
            throw new UaException(StatusCodes.BadTimeout, $"No session within {Options.ConnectTimeout.TotalSeconds:0.#} s", Options.EndpointUrl, "Check the network and the server's load, or raise ConnectTimeout");
        }
    }

    private async Task<bool> EstablishOnceAsync(CancellationToken cancellation)
    {
        var channel = await opener.OpenAsync(cancellation).ConfigureAwait(false);
        try
        {
            var resumed = await TryResumeAsync(channel, cancellation).ConfigureAwait(false);
            if (!resumed)
            {
                var fresh = await Session.CreateAsync(channel, opener.Endpoint!, opener.Discovered, opener.EndpointUrl, Options, opener.Own, cancellation).ConfigureAwait(false);
                await fresh.ActivateAsync(channel, cancellation).ConfigureAwait(false);
                session = fresh;
                if (fresh.PasswordInClear)
                    Diagnostics.Raise(at => new UaClientEvent.SecurityWarning(at, $"The password of {Options.UserIdentity} went to {Options.EndpointUrl} readable to anyone on the way, as the configuration permits"));
                if (fresh.RevisedTimeout != Options.SessionTimeout)
                    Diagnostics.Raise(at => new UaClientEvent.RevisedDiffers(at, "session timeout", $"{Options.SessionTimeout.TotalSeconds:0.###} s", $"{fresh.RevisedTimeout.TotalSeconds:0.###} s"));
            }
            await LearnAsync(session!, resumed, cancellation).ConfigureAwait(false);
            Volatile.Write(ref active, session);
            await Subscriptions.RepairAsync(session!, resumed, cancellation).ConfigureAwait(false);
            Volatile.Write(ref pump, new PublishPump(this, session!));
            return resumed;
        }
        catch
        {
            Volatile.Write(ref active, null);
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Moves the old session to the new channel. False when there is none or the server will not have it.</summary>
    private async Task<bool> TryResumeAsync(ServiceChannel channel, CancellationToken cancellation)
    {
        if (session is null)
            return false;
        if (Session.IsSessionGone(lostBecause.Status))
        {
            session = null;
            return false;
        }
        try
        {
            await session.ActivateAsync(channel, cancellation).ConfigureAwait(false);
            resumeTimeouts = 0;
            return true;
        }
        catch (UaException refused)
        {
            // A server that does not answer may only be slow once; a second time the old session is not worth waiting for.
            if (channel.IsBroken || (refused.Status == StatusCodes.BadTimeout && ++resumeTimeouts < 2))
                throw;
            resumeTimeouts = 0;
            session = null;
            return false;
        }
    }

    private async Task LearnAsync(Session current, bool resumed, CancellationToken cancellation)
    {
        var previous = Server;
        if (!resumed)
        {
            reader.Reset();
            Batches.Apply(new OperationLimits());
        }
        var certificate = opener.Certificate;
        var read = await reader.ReadAllAsync(current, previous, cancellation).ConfigureAwait(false) with
        {
            Endpoint = current.Endpoint,
            Certificate = certificate,
            RevisedSessionTimeout = current.RevisedTimeout,
            TokenLifetime = current.Channel.Channel.TokenLifetime,
        };
        if (!resumed)
            Batches.Apply(read.OperationLimits);
        if (previous.NamespaceArray.Count > 0 && !previous.NamespaceArray.SequenceEqual(read.NamespaceArray))
            Diagnostics.Raise(at => new UaClientEvent.NamespacesChanged(at, previous.NamespaceArray, read.NamespaceArray));
        if (previous.Certificate is { } before && certificate is not null && !before.IsSame(certificate))
            Diagnostics.Raise(at => new UaClientEvent.ServerCertificateChanged(at, before.ThumbprintText, certificate.ThumbprintText));
        Learn(read);
    }
}
