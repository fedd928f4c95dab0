using PatchEdge.Plant.Continuity;

namespace PatchEdge.Gateway.Continuity;

/// <summary>Names a gap by what never changes about it. Gaps of one source never overlap, so no two have the same name.</summary>
internal static class GapIdentity
{
    public static string Of(string gateway, string server, string tag, Moment start, GapCause cause) => $"{gateway}/{server}/{tag}/{start}/{cause}";
}
