using System.Data.Common;
using System.Security.Authentication;
using Microsoft.EntityFrameworkCore;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Storage;

/// <summary>Tells a database that cannot be used now from a defect.</summary>
internal static class DatabaseFault
{
    public static bool Is(Exception exception) => exception is DbUpdateException or DbException or TimeoutException or NotLeadingException or IOException
        // What EF makes of a connection that was lost.
        || exception is InvalidOperationException { InnerException: DbException or TimeoutException };

    /// <summary>In the database's own words.</summary>
    public static string Reason(Exception exception)
    {
        while (exception is DbUpdateException or InvalidOperationException && exception.InnerException is { } inner)
            exception = inner;
        // What the driver itself says of these helps nobody.
        return exception switch
        {
            DbException { InnerException: AuthenticationException } => "the server's certificate is not accepted: see that it names the host of 'url', is in its time, and was signed by one of 'tls: authorities'",
            DbException { InnerException: TimeoutException } => "the server did not answer in time",
            _ => exception.Message,
        };
    }
}
