namespace PatchEdge.OpcUa.Types;

// Severity bits 01: usable only by whoever knows why it is uncertain. Part 6, Annex A.2.
public static partial class StatusCodes
{
    public const uint Uncertain = 0x40000000;
    public const uint UncertainReferenceOutOfServer = 0x406C0000;
    public const uint UncertainNoCommunicationLastUsableValue = 0x408F0000;
    public const uint UncertainLastUsableValue = 0x40900000;
    public const uint UncertainSubstituteValue = 0x40910000;
    public const uint UncertainInitialValue = 0x40920000;
    public const uint UncertainSensorNotAccurate = 0x40930000;
    public const uint UncertainEngineeringUnitsExceeded = 0x40940000;
    public const uint UncertainSubNormal = 0x40950000;
    public const uint UncertainDataSubNormal = 0x40A40000;
    public const uint UncertainReferenceNotDeleted = 0x40BC0000;
    public const uint UncertainNotAllNodesAvailable = 0x40C00000;
    public const uint UncertainDominantValueChanged = 0x40DE0000;
    public const uint UncertainDependentValueChanged = 0x40E20000;
    public const uint UncertainOverRange = 0x40F20000;
    public const uint UncertainUnderRange = 0x40F30000;
    public const uint UncertainTransducerInManual = 0x42080000;
    public const uint UncertainSimulatedValue = 0x42090000;
    public const uint UncertainSensorCalibration = 0x420A0000;
    public const uint UncertainConfigurationError = 0x420F0000;
}
