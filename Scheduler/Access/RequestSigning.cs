using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Ledger.Signatures;

namespace PatchEdge.Scheduler.Access;

/// <summary>Name and password of who signs, in a request's body.</summary>
public interface ISigned
{
    /// <summary>Of who signs: the account that is signed in; on the local command line, whose account it is.</summary>
    string? Name { get; }

    /// <summary>Of that account, entered anew for this signature.</summary>
    string? Password { get; }
}

/// <summary>Takes a signature with a request of the API, which is a session of its own: name and password every time (21 CFR 11.200(a)(1)(ii)).</summary>
internal static class RequestSigning
{
    /// <summary>Signs, then asks the runner.</summary>
    /// <param name="context">The request's; its endpoint's policy is what the signer must be allowed.</param>
    /// <param name="body">Who signs.</param>
    /// <param name="meaning">One of <see cref="SignatureMeanings"/>.</param>
    /// <param name="covers">SHA-256 (lower-case hex) of what is signed.</param>
    /// <param name="order">Makes the order, given the signer's name and signature.</param>
    public static async Task<JsonHttpResult<OrderView>> AskAsync(HttpContext context, ISigned body, string meaning, string covers, Func<string, SignatureRecord, Order> order)
    {
        if (string.IsNullOrWhiteSpace(body.Name) || string.IsNullOrEmpty(body.Password))
            return Refused(SignatureRule.Refusal(null, "", meaning)!);
        var inbox = context.RequestServices.GetRequiredService<RunnerInbox>();
        var policy = context.GetEndpoint()!.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(data => data.Policy).Last(policy => policy is not null);
        var (signature, refusal) = await Signing.SignAsync(context.RequestServices, inbox, context.User, body.Name, body.Password, meaning, covers, policy);
        return signature is null ? Refused(refusal) : await JobEndpoints.AskAsync(inbox, order(signature.Name, signature), context.RequestAborted);
    }

    public static JsonHttpResult<OrderView> Refused(params ReadOnlySpan<string> why) =>
        TypedResults.Json(new OrderView(nameof(OrderOutcome.Refused), [.. why]), statusCode: StatusCodes.Status409Conflict);
}
