using Microsoft.AspNetCore.Http.HttpResults;
using PatchEdge.Scheduler.Access;
using PatchEdge.Scheduler.Ledger.Pack;

namespace PatchEdge.Scheduler.Features.Records;

/// <summary><c>/api/packs</c>: evidence packs of runs, as the console's pages link to them.</summary>
internal static class PackEndpoints
{
    public static void MapPacks(this IEndpointRouteBuilder api) => api.MapGet("/packs/{run}", ExportAsync)
        .RequireAuthorization(Policies.View).WithTags("Ledger").WithSummary("The evidence pack of a run, a zip that 'pack verify' checks offline.")
        .Produces(StatusCodes.Status200OK, contentType: "application/zip");

    private static async Task<Results<FileContentHttpResult, NotFound<string>>> ExportAsync(string run, PackDesk packs, CancellationToken cancellation)
    {
        try
        {
            return TypedResults.File(await packs.ExportAsync(run, cancellation), "application/zip", $"{new string([.. run.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '_')])}.zip");
        }
        catch (PackException exception)
        {
            return TypedResults.NotFound(exception.Message);
        }
    }
}
