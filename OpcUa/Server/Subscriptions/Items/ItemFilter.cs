using PatchEdge.OpcUa.Server.Nodes;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Server.Subscriptions.Items;

/// <summary>Reads the filter of a monitored item (Part 4 §7.22; percent deadband by Part 8 §6.2).</summary>
internal static class ItemFilter
{
    /// <summary>Good with the rule, or why the filter is refused.</summary>
    public static StatusCode Read(ExtensionObject? filter, Node node, uint attributeId, out ChangeRule rule)
    {
        rule = ChangeRule.Default;
        if (filter is null or { TypeId.IsNull: true, Body: null }) return StatusCodes.Good;
        if (filter.Body is EventFilter) return StatusCodes.BadFilterNotAllowed;
        if (filter.Body is not DataChangeFilter change) return StatusCodes.BadMonitoredItemFilterUnsupported;
        if (attributeId != AttributeIds.Value || node is not VariableNode variable) return StatusCodes.BadFilterNotAllowed;
        if (change.Trigger is < DataChangeTrigger.Status or > DataChangeTrigger.StatusValueTimestamp) return StatusCodes.BadMonitoredItemFilterInvalid;
        if (change.DeadbandType == DeadbandType.None)
        {
            rule = new ChangeRule(change.Trigger, 0);
            return StatusCodes.Good;
        }
        if (!variable.TypeRule.IsNumeric) return StatusCodes.BadFilterNotAllowed;
        double deadband = change.DeadbandValue;
        if (!(deadband >= 0) || double.IsInfinity(deadband)) return StatusCodes.BadDeadbandFilterInvalid;
        if (change.DeadbandType == DeadbandType.Percent)
        {
            if (variable.EngineeringRange is not { } range || deadband > 100) return StatusCodes.BadDeadbandFilterInvalid;
            deadband *= (range.High - range.Low) / 100;
        }
        else if (change.DeadbandType != DeadbandType.Absolute)
        {
            return StatusCodes.BadDeadbandFilterInvalid;
        }
        rule = new ChangeRule(change.Trigger, deadband);
        return StatusCodes.Good;
    }
}
