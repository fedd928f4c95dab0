using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PatchEdge.Scheduler.Execution.Inbox;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Lease;

namespace PatchEdge.Scheduler.Execution;

/// <summary>Passes on, through the database, what must not be lost because it was said to a scheduler that does not lead: the emergency stop, and who signed in there.</summary>
/// <remarks>It only prevents and notes. Everything else is refused with the leader's name, since whoever asks must see its answer. Taken at least once.</remarks>
internal sealed class Relay(StoragePlace place, Leadership leadership)
{
    private const int Most = 1_000;
    private const int AtOnce = 100;

    private static readonly string[] Noted = [LedgerActions.SignedIn, LedgerActions.SignedOut, LedgerActions.LockedOut, LedgerActions.PasswordChanged];

    /// <returns>What to tell who asked; null when it is not passed on.</returns>
    public async Task<OrderResult?> PassOnAsync(Order order, CancellationToken cancellation)
    {
        if (place.Server is not { } server || Write(order) is not { } content)
            return null;
        try
        {
            await using var connection = await server.OpenAsync(cancellation);
            await using var command = new NpgsqlCommand($"""INSERT INTO relayed ("From", "Order") SELECT @from, @order WHERE (SELECT count(*) FROM relayed) < {Most}""", connection);
            command.Parameters.AddWithValue("from", leadership.Name);
            command.Parameters.AddWithValue("order", content);
            if (await command.ExecuteNonQueryAsync(cancellation) == 0)
                return new OrderResult(OrderOutcome.Failed, ["it could not be passed on: too much waits for a scheduler that leads"]);
            var leader = leadership.Look();
            return OrderResult.Done(leader.Name.Length == 0
                ? "no scheduler leads at the moment, so nothing is released; whoever leads next begins with this"
                : $"passed on to {leader.Name}, which leads: it takes effect there, and is on record, within seconds");
        }
        catch (Exception exception) when (DatabaseFault.Is(exception))
        {
            return new OrderResult(OrderOutcome.Failed, [$"it could not be passed on: {DatabaseFault.Reason(exception)}. Press it at the scheduler that leads, or over MQTT"]);
        }
    }

    /// <summary>What was passed on to this scheduler, as long as it leads.</summary>
    public async Task TakeAsync(Func<Order, CancellationToken, Task<OrderResult>> handle, CancellationToken cancellation)
    {
        if (place.Server is not { } server)
            return;
        var waiting = new List<(long Id, string From, string Order)>();
        await using (var connection = await server.OpenAsync(cancellation))
        await using (var read = new NpgsqlCommand($"""SELECT "Id", "From", "Order" FROM relayed ORDER BY "Id" LIMIT {AtOnce}""", connection))
        await using (var rows = await read.ExecuteReaderAsync(cancellation))
            while (await rows.ReadAsync(cancellation))
                waiting.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2)));
        foreach (var (id, from, content) in waiting)
        {
            if (Read(content, from) is { } order && (await handle(order, cancellation)).Outcome == OrderOutcome.Failed)
                return;
            await using var connection = await server.OpenAsync(cancellation);
            await using var done = new NpgsqlCommand("""DELETE FROM relayed WHERE "Id" = @id""", connection);
            done.Parameters.Add(new NpgsqlParameter("id", id));
            await done.ExecuteNonQueryAsync(cancellation);
        }
    }

    private static string? Write(Order order) => order switch
    {
        Order.Stop stop => new JsonObject { ["order"] = "stop", ["by"] = stop.By, ["reason"] = stop.Reason }.ToJsonString(),
        Order.Note note when Noted.Contains(note.Action) =>
            new JsonObject { ["order"] = "note", ["by"] = note.By, ["reason"] = note.Reason, ["action"] = note.Action, ["subject"] = note.Subject }.ToJsonString(),
        _ => null,
    };

    private static Order? Read(string content, string from)
    {
        try
        {
            var node = JsonNode.Parse(content)!;
            var (by, reason) = ((string)node["by"]!, (string)node["reason"]!);
            return (string?)node["order"] switch
            {
                "stop" => new Order.Stop(reason, by),
                "note" when (string)node["action"]! is var action && Noted.Contains(action) => new Order.Note(action, (string)node["subject"]!, $"{reason} (at {from})", null, by),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException or ArgumentNullException)
        {
            return null;
        }
    }
}
