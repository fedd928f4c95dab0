using CsCheck;
using PatchEdge.Gateway.Continuity;
using PatchEdge.Gateway.Journal;
using PatchEdge.Gateway.Journal.Storage;

namespace PatchEdge.Gateway.Tests.Journal.Storage;

public sealed class RecentEntriesTests
{
    private const int Size = 1000;

    [Fact]
    public void What_is_kept_is_read_as_it_was_in_unbroken_order_and_only_when_it_is_durable() =>
        Gen.Select(Gen.Int[0, 300].Array[1, 60], Gen.Int[0, 12], Gen.Int[1, 2000], Gen.Int[1, 9]).Sample((lengths, back, most, stride) =>
        {
            var from = Math.Max(1, lengths.Length - back);
            var recent = new RecentEntries(Size);
            var written = new Dictionary<long, byte[]>();
            long durable = 0;
            for (var index = 0; index < lengths.Length; index++)
            {
                var id = index + 1L;
                written[id] = Content(id, lengths[index]);
                recent.Add(id, JournalKind.Readings, new Moment(id), index, written[id]);
                if (id % stride == 0)
                    recent.Commit(durable = id);
            }

            var entries = new List<JournalEntry>();
            var last = recent.Read(from, most, (_, _, _) => true, new EntryRoom(Size), entries);
            Assert.Equal(last is null, entries.Count == 0);
            if (last is null)
                return;
            Assert.Equal(Enumerable.Range(from, entries.Count).Select(id => (long)id), entries.Select(entry => entry.Id));
            Assert.Equal(entries[^1].Id, last);
            Assert.InRange(last.Value, from, durable);
            Assert.All(entries, entry => Assert.Equal(written[entry.Id], entry.Body.ToArray()));
            Assert.True(entries.Count == 1 || entries.Sum(entry => entry.Body.Length) <= most);
        });

    [Fact]
    public void Newest_are_there_oldest_made_room_and_after_a_failure_none_is()
    {
        var recent = new RecentEntries(Size);
        for (var id = 1L; id <= 100; id++)
            recent.Add(id, JournalKind.Readings, new Moment(id), 1, Content(id, 100));
        recent.Commit(100);
        Assert.Null(recent.Read(1, Size, (_, _, _) => true, new EntryRoom(Size), []));
        Assert.Equal(100, recent.Read(95, Size, (_, _, _) => true, new EntryRoom(Size), []));
        recent.Clear();
        Assert.Null(recent.Read(100, Size, (_, _, _) => true, new EntryRoom(Size), []));
    }

    [Fact]
    public void Entry_that_would_fill_the_room_is_left_to_the_file_with_all_before_it()
    {
        var recent = new RecentEntries(Size);
        recent.Add(1, JournalKind.Readings, default, 1, Content(1, 10));
        recent.Add(2, JournalKind.Readings, default, 1, Content(2, Size));
        recent.Add(3, JournalKind.Gaps, default, 1, Content(3, 10));
        recent.Commit(3);
        var asked = new List<JournalKind>();
        Assert.Null(recent.Read(1, Size, (_, _, _) => true, new EntryRoom(Size), []));
        Assert.Null(recent.Read(2, Size, (_, _, _) => true, new EntryRoom(Size), []));
        var entries = new List<JournalEntry>();
        Assert.Equal(3, recent.Read(3, Size, (_, kind, _) => { asked.Add(kind); return false; }, new EntryRoom(Size), entries));
        Assert.Equal([JournalKind.Gaps], asked);
        Assert.Empty(entries);
    }

    [Fact]
    public void Entries_of_one_portion_never_share_room()
    {
        var room = new EntryRoom(100);
        for (var portion = 0; portion < 3; portion++)
        {
            room.Clear();
            Memory<byte>[] taken = [room.Take(60), room.Take(60), room.Take(200), room.Take(40), room.Take(0)];
            for (var index = 0; index < taken.Length; index++)
                taken[index].Span.Fill((byte)index);
            for (var index = 0; index < taken.Length; index++)
                Assert.All(taken[index].ToArray(), value => Assert.Equal(index, value));
        }
    }

    private static byte[] Content(long id, int length) => [.. Enumerable.Range(0, length).Select(index => (byte)(((id * 31) + index) % 256))];
}
