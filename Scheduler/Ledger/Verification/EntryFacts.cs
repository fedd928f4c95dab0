using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchEdge.Scheduler.Ledger.Verification;

/// <summary>What a walk looks at in an entry.</summary>
/// <param name="Index">The index that it says it has; null when it does not say.</param>
/// <param name="Previous">The hash that it says the one before has.</param>
/// <param name="Lost">What it declares lost; null for nearly every entry.</param>
internal readonly record struct EntryFacts(long? Index, string? Previous, LostSpan? Lost)
{
    /// <exception cref="JsonException">It is not readable.</exception>
    /// <exception cref="InvalidOperationException">A member is of another kind than it must be.</exception>
    public static EntryFacts Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        var (index, previous, reopened) = ((long?)null, (string?)null, false);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("it is no object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isIndex, isPrevious, isAction) = (reader.ValueTextEquals("index"u8), reader.ValueTextEquals("previous"u8), reader.ValueTextEquals("action"u8));
            reader.Read();
            if (isIndex)
                index = reader.GetInt64();
            else if (isPrevious)
                previous = reader.GetString();
            else if (isAction)
                reopened = reader.ValueTextEquals(LedgerActions.Reopened);
            else
                reader.Skip();
        }

        // Nothing may follow: the reader throws when something does.
        while (reader.Read())
        {
        }

        return new EntryFacts(index, previous, reopened ? LostSpan.Of(JsonNode.Parse(json)!["after"]) : null);
    }
}
