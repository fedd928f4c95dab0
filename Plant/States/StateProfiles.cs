using static PatchEdge.Plant.States.StateMeaning;

namespace PatchEdge.Plant.States;

/// <summary>The profiles that PatchEdge knows, with the numbers that their standards give.</summary>
public static class StateProfiles
{
    /// <summary>Name of the standard whose numbers are the vendor's; see <see cref="Isa88"/>.</summary>
    public const string Isa88Name = "isa88";

    /// <summary>StateCurrent of a PackML unit: OPC 30050, ISA-TR88.00.02.</summary>
    public static StateProfile PackML { get; } = Define("packml", "OPC 30050, ISA-TR88.00.02",
        (0, "Undefined", Indefinite), (1, "Clearing", Passing), (2, "Stopped", Rest), (3, "Starting", Passing), (4, "Idle", Rest),
        (5, "Suspended", InProcess), (6, "Execute", InProcess), (7, "Stopping", Passing), (8, "Aborting", Passing), (9, "Aborted", RestByChoice),
        (10, "Holding", InProcess), (11, "Held", InProcess), (12, "Unholding", InProcess), (13, "Suspending", InProcess),
        (14, "Unsuspending", InProcess), (15, "Resetting", Passing), (16, "Completing", InProcess), (17, "Complete", RestByChoice));

    /// <summary>UnitModeCurrent of a PackML unit: OPC 30050. A mode alone proves no rest, so none is idle by default.</summary>
    public static StateProfile PackMLMode { get; } = Define("packml-mode", "OPC 30050, ISA-TR88.00.02",
        (0, "Invalid", Indefinite), (1, "Produce", RestByChoice), (2, "Maintenance", RestByChoice), (3, "Manual", RestByChoice));

    /// <summary>Tobacco machine communication: OPC 30060.</summary>
    public static StateProfile Tmc { get; } = Define("tmc", "OPC 30060",
        (0, "Stopped", Rest), (1, "Resetting", Passing), (2, "Idle", Rest), (3, "Starting", Passing), (4, "Execute", InProcess),
        (5, "Completing", InProcess), (6, "Complete", RestByChoice), (7, "Aborting", Passing), (8, "Aborted", RestByChoice),
        (9, "Stopping", Passing), (10, "Clearing", Passing), (11, "Suspending", InProcess), (12, "Suspended", InProcess),
        (13, "Unsuspending", InProcess), (14, "Holding", InProcess), (15, "Held", InProcess), (16, "Unholding", InProcess));

    /// <summary>A functional unit of a laboratory device: OPC 30500 (LADS).</summary>
    public static StateProfile LadsFunctional { get; } = Define("lads-functional", "OPC 30500-1",
        (1, "Aborted", RestByChoice), (2, "Aborting", Passing), (3, "Clearing", Passing), (4, "Stopped", Rest), (5, "Running", InProcess),
        (6, "Stopping", Passing));

    /// <summary>MachineryItemState: OPC 40001-1.</summary>
    public static StateProfile MachineryItem { get; } = Define("machinery-item", "OPC 40001-1",
        (0, "NotAvailable", Indefinite), (1, "OutOfService", Rest), (2, "NotExecuting", Rest), (3, "Executing", InProcess));

    /// <summary>State of a job order: OPC 10031-4. A job is not its equipment, so none is idle by default.</summary>
    public static StateProfile Isa95Job { get; } = Define("isa95-job", "OPC 10031-4",
        (1, "NotAllowedToStart", RestByChoice), (2, "AllowedToStart", RestByChoice), (3, "Running", InProcess), (4, "Interrupted", InProcess),
        (5, "Ended", RestByChoice), (6, "Aborted", RestByChoice));

    /// <summary>Service state of a process module: VDI/VDE/NAMUR 2658-4.</summary>
    public static StateProfile Mtp { get; } = Define("mtp", "VDI/VDE/NAMUR 2658-4",
        (4, "Stopped", Rest), (8, "Starting", Passing), (16, "Idle", Rest), (32, "Paused", InProcess), (64, "Execute", InProcess),
        (128, "Stopping", Passing), (256, "Aborting", Passing), (512, "Aborted", RestByChoice), (1024, "Holding", InProcess),
        (2048, "Held", InProcess), (4096, "Unholding", InProcess), (8192, "Pausing", InProcess), (16384, "Resuming", InProcess),
        (32768, "Resetting", Passing), (65536, "Completing", InProcess), (131072, "Completed", RestByChoice));

    /// <summary>Profiles that a plant file can name without defining anything.</summary>
    public static IReadOnlyList<StateProfile> All { get; } = [PackML, PackMLMode, Tmc, LadsFunctional, MachineryItem, Isa95Job, Mtp];

    /// <summary>States of procedural elements by ISA-88.00.01, which names them without numbering them.</summary>
    public static IReadOnlyDictionary<string, StateMeaning> Isa88States { get; } = new Dictionary<string, StateMeaning>
    {
        ["Idle"] = Rest,
        ["Running"] = InProcess,
        ["Pausing"] = InProcess,
        ["Paused"] = InProcess,
        ["Holding"] = InProcess,
        ["Held"] = InProcess,
        ["Restarting"] = InProcess,
        ["Stopping"] = Passing,
        ["Stopped"] = Rest,
        ["Aborting"] = Passing,
        ["Aborted"] = RestByChoice,
        ["Complete"] = RestByChoice,
    };

    /// <summary>An ISA-88 profile with a vendor's numbers.</summary>
    /// <param name="name">Name that units and tags refer to.</param>
    /// <param name="states">State names by number; each name one of <see cref="Isa88States"/>. Several numbers may share a name.</param>
    /// <exception cref="ArgumentException">A name that ISA-88 does not have.</exception>
    public static StateProfile Isa88(string name, IReadOnlyDictionary<int, string> states)
    {
        foreach (var state in states.Values)
            if (!Isa88States.ContainsKey(state))
                throw new ArgumentException($"ISA-88 has no state '{state}'.", nameof(states));
        return new StateProfile { Name = name, Source = "ISA-88.00.01", States = states, Meanings = Isa88States };
    }

    private static StateProfile Define(string name, string source, params (int Number, string Name, StateMeaning Meaning)[] states) => new()
    {
        Name = name,
        Source = source,
        States = states.ToDictionary(state => state.Number, state => state.Name),
        Meanings = states.ToDictionary(state => state.Name, state => state.Meaning),
    };
}
