using Microsoft.AspNetCore.OpenApi;

namespace PatchEdge.Scheduler.Access;

/// <summary>What <c>/api/openapi.json</c> says of itself.</summary>
internal static class ApiDescription
{
    public static void Configure(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new()
        {
            Title = "PatchEdge scheduler",
            Version = "v1",
            Description = "Sign in with POST /session and send its cookie with every request. What needs a signature takes name and password in its body, each time. On the scheduler's own machine "
                + "'Authorization: Bearer' with the content of DATA/local-api.token does as well. What an account may do is its roles' business.",
        };
        return Task.CompletedTask;
    });
}
