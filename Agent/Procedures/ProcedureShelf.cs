using System.Collections.Immutable;
using PatchEdge.Agent.Configuration;
using PatchEdge.Plant.Files;

namespace PatchEdge.Agent.Procedures;

/// <summary>The procedures that the host's owner installed, as they were when the agent started.</summary>
internal sealed class ProcedureShelf
{
    private readonly ImmutableSortedDictionary<string, (Procedure Procedure, string Digest)> byName;

    public ProcedureShelf(IEnumerable<Procedure> procedures) =>
        byName = procedures.ToImmutableSortedDictionary(procedure => procedure.Name, procedure => (procedure, procedure.Digest()), StringComparer.Ordinal);

    public IEnumerable<Procedure> All => byName.Values.Select(entry => entry.Procedure);

    /// <summary>Null when no procedure of this name is installed.</summary>
    public Procedure? Find(string name, out string digest)
    {
        var found = byName.TryGetValue(name, out var entry);
        digest = found ? entry.Digest : "";
        return found ? entry.Procedure : null;
    }

    /// <summary>Reads every <c>*.yaml</c> file of a directory.</summary>
    /// <exception cref="ConfigurationException">With every error of every file.</exception>
    public static ProcedureShelf Load(string directory, ActsFor actsFor = ActsFor.ThisHost)
    {
        if (!Directory.Exists(directory))
            throw new ConfigurationException(new ConfigurationError(directory, 0, "", null, "the directory of procedures does not exist: create it, or correct the key procedures"));
        var errors = new List<ConfigurationError>();
        var procedures = new Dictionary<string, (Procedure Procedure, string File)>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*.yaml").Order(StringComparer.Ordinal))
        {
            try
            {
                var procedure = ProcedureFile.Read(file, actsFor);
                if (!procedures.TryAdd(procedure.Name, (procedure, file)))
                    errors.Add(new ConfigurationError(file, 1, "name", procedure.Name, $"is already the name of the procedure in {procedures[procedure.Name].File}"));
            }
            catch (ConfigurationException exception)
            {
                errors.AddRange(exception.Errors);
            }
        }

        if (OwnerOnly.Refusal(Path.Combine(directory, "any")) is { } open)
            errors.Insert(0, new ConfigurationError(directory, 0, "", null, open));
        return errors.Count == 0 ? new ProcedureShelf(procedures.Values.Select(entry => entry.Procedure)) : throw new ConfigurationException(errors);
    }
}
