using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Requests;

/// <summary>Holds a request to the number of operations that the server advertises (Part 4 §7.38, OperationLimits).</summary>
internal static class Operations
{
    public static void Require(int count, int most, string where)
    {
        if (count == 0) throw new UaException(StatusCodes.BadNothingToDo, "An empty list of operations", where, "At least one");
        RequireAtMost(count, most, where);
    }

    public static void RequireAtMost(int count, int most, string where)
    {
        if (count > most) throw new UaException(StatusCodes.BadTooManyOperations, $"{count} operations", where, $"At most {most} in one call");
    }
}
