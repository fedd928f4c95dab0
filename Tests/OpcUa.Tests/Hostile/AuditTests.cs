using System.Reflection;

namespace PatchEdge.OpcUa.Tests.Hostile;

/// <summary>
/// Walks the tables of hostile inputs and of rules: none is without a test, and no test names one that is not there. To see the tests of
/// one: <c>--filter-trait "Hostile=12"</c>, <c>--filter-trait "Clause=Part 6 §6.7.2.4 wrap"</c>.
/// </summary>
public sealed class AuditTests
{
    private static readonly (string Name, string Value, Side Side)[] Held = [.. Tests()];

    public static TheoryData<int> Inputs => [.. HostileInput.All.Select(input => input.Number)];

    public static TheoryData<string> Clauses => [.. Rule.All.Select(rule => rule.Clause)];

    [Theory, MemberData(nameof(Inputs))]
    public void Hostile_input_is_tried_at_every_end_that_it_concerns(int number)
    {
        var input = HostileInput.All.Single(input => input.Number == number);
        var tried = Held.Where(test => test.Name == "Hostile" && test.Value == $"{number}").Aggregate((Side)0, (sides, test) => sides | test.Side);
        Assert.True(tried.HasFlag(input.Side), $"{input.Words} Tried at: {tried}; needed at: {input.Side}. Add [Hostile({number})] to a test of it.");
    }

    [Theory, MemberData(nameof(Clauses))]
    public void Rule_is_held_by_a_test_that_names_its_clause(string clause) =>
        Assert.Contains(Held, test => test.Name == "Clause" && test.Value == clause);

    [Fact]
    public void Tests_name_only_what_the_tables_have()
    {
        var known = HostileInput.All.Select(input => ("Hostile", $"{input.Number}")).Concat(Rule.All.Select(rule => ("Clause", rule.Clause))).ToHashSet();
        Assert.DoesNotContain(Held, test => !known.Contains((test.Name, test.Value)));
        Assert.Equal(known.Count, HostileInput.All.Count + Rule.All.Count);
        Assert.Equal(Enumerable.Range(1, HostileInput.All.Count), HostileInput.All.Select(input => input.Number));
    }

    [Fact]
    public void Every_test_of_a_hostile_input_is_measured()
    {
        var hostile = Methods().Where(method => method.GetCustomAttributes<HostileAttribute>().Any()).ToArray();
        Assert.All(hostile, method => Assert.True(HostileAttribute.IsMeasurable(method),
            $"{method.ReflectedType!.Name}.{method.Name} runs beside others, whose memory is taken for its own: add [Collection(nameof(Alone))] to its class."));
        Assert.DoesNotContain(Methods(), method => method.GetCustomAttributes<TraitAttribute>().Any(trait => trait.Name == "Hostile"));
        Assert.All(hostile.SelectMany(method => method.GetCustomAttributes<HostileAttribute>()), limit => Assert.True(limit is { Seconds: <= 60, AllocatedMiB: <= 128 }));
    }

    private static IEnumerable<(string Name, string Value, Side Side)> Tests() =>
        from method in Methods()
        from trait in method.GetCustomAttributes<HostileAttribute>().SelectMany(hostile => hostile.GetTraits())
            .Concat(method.GetCustomAttributes<TraitAttribute>().Where(trait => trait.Name == "Clause").Select(trait => KeyValuePair.Create(trait.Name, trait.Value)))
        select (trait.Key, trait.Value, Under(method.ReflectedType!));

    private static IEnumerable<MethodInfo> Methods() =>
        typeof(AuditTests).Assembly.GetTypes().Where(type => !type.IsAbstract).SelectMany(type => type.GetMethods()).Where(method => method.GetCustomAttributes<FactAttribute>().Any());

    // The end that a test stands against is told by its room; what both ends share is tested for both at once.
    private static Side Under(Type type) => type.Name switch
    {
        nameof(SecureChannel.HostileClientTests) => Side.Server,
        nameof(SecureChannel.HostileServerTests) or nameof(SlowReplyTests) or nameof(ConnectionRaceTests) or nameof(NotificationLossTests) => Side.Client,
        _ when type.Namespace!.EndsWith(".Client", StringComparison.Ordinal) => Side.Client,
        _ when type.Namespace!.EndsWith(".Server", StringComparison.Ordinal) => Side.Server,
        _ => Side.Both,
    };
}
