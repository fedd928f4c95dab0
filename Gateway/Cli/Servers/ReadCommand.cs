using System.CommandLine;
using PatchEdge.OpcUa.Services;
using PatchEdge.OpcUa.Types;

namespace PatchEdge.Gateway.Cli.Servers;

/// <summary><c>read URL NODE…</c>: values as they are now.</summary>
internal static class ReadCommand
{
    public static Command Create()
    {
        var connection = new ConnectionArguments();
        var command = new Command("read", "Reads values once.");
        connection.AddTo(command);
        var nodes = new Argument<string[]>("NODE") { Description = "Node ids; Tag{0..99} stands for a hundred.", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "One JSON object per node, one per line." };
        command.Arguments.Add(nodes);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancel) =>
        {
            var names = NodeRange.Expand(parsed.GetValue(nodes)!);
            await using var client = await connection.ConnectAsync(parsed, cancel).ConfigureAwait(false);
            var wanted = NodeNames.Resolve(client, names).Select(node => new ReadValueId { NodeId = node, AttributeId = AttributeIds.Value }).ToArray();
            var values = await client.ReadAsync(wanted, TimestampsToReturn.Both, TimeSpan.Zero, cancel).ConfigureAwait(false);
            if (parsed.GetValue(json))
                for (var index = 0; index < names.Count; index++)
                    Console.WriteLine(JsonText.Reading(names[index], values[index]));
            else
                Print(names, values);
            return values.Any(value => value.Status.IsBad) ? ExitCodes.Problem : ExitCodes.Success;
        });
        return command;
    }

    private static void Print(IReadOnlyList<string> names, DataValue[] values) => Terminal.Write(
        ["Node", "Value", "Type", "Status", "Source time (UTC)"],
        names.Zip(values, (name, value) => new[]
        {
            name, value.Value.IsNull ? "" : value.Value.ToString(), value.Value.Type + (value.Value.IsArray ? "[]" : ""), value.Status.ToString(),
            value.SourceTimestamp == DateTime.MinValue ? "" : value.SourceTimestamp.ToString("yyyy-MM-dd HH:mm:ss.fff", null),
        }));
}
