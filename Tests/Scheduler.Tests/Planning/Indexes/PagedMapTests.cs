using CsCheck;
using PatchEdge.Scheduler.Planning.Indexes;

namespace PatchEdge.Scheduler.Tests.Planning.Indexes;

public sealed class PagedMapTests
{
    /// <summary>Enough to lengthen the chains twice.</summary>
    private const int Many = 3_000;

    [Fact]
    public void Changed_map_is_what_a_dictionary_is_after_the_same_changes() =>
        Gen.Select(Gen.Int[0, 40], Gen.Bool, Gen.Int[0, 3]).Array[0, 200].Sample(changes =>
        {
            var (map, expected) = (PagedMap<int>.Empty, new Dictionary<string, int>());
            foreach (var chunk in changes.Chunk(7))
            {
                var (before, was) = (map, new Dictionary<string, int>(expected));
                var change = map.Change();
                foreach (var (name, come, value) in chunk)
                    if (come)
                        change.Set($"n{name}", expected[$"n{name}"] = value);
                    else
                    {
                        change.Remove($"n{name}");
                        expected.Remove($"n{name}");
                    }

                map = change.Map();
                if (!IsAs(before, was) || !IsAs(map, expected))
                    return false;
            }

            return true;
        });

    [Fact]
    public void Map_of_many_finds_each_and_keeps_their_order()
    {
        var change = PagedMap<int>.Empty.Change();
        for (var number = 0; number < Many; number++)
            change.Set($"n{number}", number);
        var map = change.Map();

        Assert.Equal(Enumerable.Range(0, Many), map.Values);
        Assert.All(Enumerable.Range(0, Many), number => Assert.Equal(number, map.GetValueOrDefault($"n{number}")));
    }

    [Fact]
    public void Name_is_found_wherever_it_was_thought_to_be()
    {
        var change = PagedMap<int>.Empty.Change();
        for (var number = 0; number < 10; number++)
            change.Set($"n{number}", number);
        change.Remove("n3");
        var map = change.Map();

        foreach (var likely in Enumerable.Range(-2, 20))
        {
            Assert.True(map.TryGetValue("n7", out var found, likely));
            Assert.Equal(7, found);
            Assert.False(map.TryGetValue("n3", out _, likely));
        }
    }

    private static bool IsAs(PagedMap<int> map, Dictionary<string, int> expected) =>
        map.Count == expected.Count && map.Values.Order().SequenceEqual(expected.Values.Order())
        && Enumerable.Range(0, 41).All(name => map.TryGetValue($"n{name}", out var value) == expected.TryGetValue($"n{name}", out var known) && value == known);
}
