using System.Text.Json.Serialization;
using PatchEdge.Plant.Messages;

namespace PatchEdge.Plant.Lines;

/// <summary>What a gateway can prove about a line now.</summary>
[JsonConverter(typeof(ByNameConverter<LineState>))]
public enum LineState
{
    /// <summary>Some doubt: evidence is missing, stale, bad, contradictory or unsynchronised. Never idle.</summary>
    Unknown,

    /// <summary>A condition is false on good evidence.</summary>
    Active,

    /// <summary>Every condition holds, but not yet for the dwell time.</summary>
    Settling,

    /// <summary>Every condition has held for the dwell time on unbroken evidence up to now.</summary>
    Idle,
}
