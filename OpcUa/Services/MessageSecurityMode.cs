namespace PatchEdge.OpcUa.Services;

/// <summary>How messages of a channel are protected (Part 4 §7.20).</summary>
public enum MessageSecurityMode
{
    Invalid = 0,
    None = 1,
    Sign = 2,
    SignAndEncrypt = 3,
}
