using System.Data.Common;
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
        return exception.Message;
    }
}
