using PatchEdge.Plant.Files.Plants;
using PatchEdge.Plant.Files.Plants.Composition;
using PatchEdge.Plant.Model;

namespace PatchEdge.Plant.Files;

/// <summary>Reads <c>plant.yaml</c>, the plant model that gateways and the scheduler share.</summary>
/// <remarks>
/// <example><code>
/// site: Demo
/// defaults:                     # each may be set nearer too: on a server, line, unit or tag
///   security: Basic256Sha256:SignAndEncrypt
///   nodes: nsu=urn:vendor:plant;s=     # a tag's node, unless given: this + Line.Unit.Tag
/// servers:
///   filling: { url: "opc.tcp://plc-1:4840" }
///   chamber:                    # several servers of the same equipment, named as one
///     redundancy: hot           # or warm
///     members:
///       chamber-a: { url: "opc.tcp://mon-a:4840", host: mon-a }
///       chamber-b: { url: "opc.tcp://mon-b:4840", host: mon-b, priority: 2 }
/// gateways:
///   gw-1: { servers: [filling, chamber], host: edge-1 }
/// historians:
///   influx: { host: historian, bridged: true }    # bridged: the gateways' journals keep what it misses
/// areas:
///   Aseptic:
///     lines:
///       Filling:
///         servers: [filling]
///         batch: Filler.BatchId
///         units:
///           Filler:
///             profile: packml
///             tags:
///               StateCurrent: { type: Int32 }        # the unit's state, unless `state:` names another tag
///               BatchId: { type: String, critical: true, minimum-paths: 2 }
///               CurMachSpeed: { type: Float }
///         idle:                                      # or `always-on: true`
///           state: [ "Filler.StateCurrent in [Idle, Stopped]" ]   # this is also the default
///           no-batch: [ "Filler.BatchId == ''" ]     # `none` when the line has no such signal
///           no-motion: [ "Filler.CurMachSpeed &lt; 0.5" ]
/// templates:                                         # what units of a kind have in common: see TemplateExpansion
///   labeller: { profile: packml, tags: { StateCurrent: { type: Int32 } } }
/// tags-file: tags.csv                                # tags in a table, beside those above: see TagColumn
/// hosts:
///   filling-hmi: { class: hmi, lines: [Filling] }    # `lines: none` for a gateway's own host
/// </code></example>
/// </remarks>
public static class PlantFile
{
    public const string FileName = "plant.yaml";

    /// <exception cref="ConfigurationException">Anything in it, or in the table of tags that it names, was refused; carries every error.</exception>
    public static PlantModel Read(string path) => Parse(ConfigurationFile.ReadAllText(path), path);

    /// <summary>As <see cref="Read"/>, from text; <paramref name="path"/> stands in errors and roots relative paths.</summary>
    public static PlantModel Parse(string text, string path) => ConfigurationFile.Parse(text, path, PlantReader.Read, new PlantComposer().Compose);
}
