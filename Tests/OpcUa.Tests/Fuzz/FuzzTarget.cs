using PatchEdge.OpcUa.Types;

namespace PatchEdge.OpcUa.Tests.Fuzz;

/// <summary>
/// An entry point that takes bytes from strangers. Whatever the bytes, it accepts or refuses them: another exception, memory out
/// of proportion or a hang is a <see cref="FuzzFindingException"/>.
/// </summary>
internal abstract class FuzzTarget : IAsyncDisposable
{
    /// <summary>Longest that one input may keep a target busy, on a machine that does much else.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Every target by its name, as findings and the command line call it.</summary>
    public static IReadOnlyDictionary<string, Func<Task<FuzzTarget>>> All { get; } = new Dictionary<string, Func<Task<FuzzTarget>>>
    {
        ["chunks"] = static () => Task.FromResult<FuzzTarget>(new ChunkTarget()),
        ["opening"] = static () => Task.FromResult<FuzzTarget>(new OpeningTarget()),
        ["decoder"] = static () => Task.FromResult<FuzzTarget>(new DecoderTarget()),
        ["certificates"] = static () => Task.FromResult<FuzzTarget>(new CertificateTarget()),
        ["services"] = static async () => await ServiceTarget.StartAsync(),
        ["responses"] = static async () => await ResponseTarget.StartAsync(),
    };

    /// <summary>Valid inputs, from which others are made.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Ends when the target is done with the input; a refusal is no exception here.</summary>
    public abstract ValueTask FeedAsync(byte[] input);

    public abstract ValueTask DisposeAsync();

    /// <summary>Runs code that must do with few bytes per byte of input and throw nothing but a refusal.</summary>
    protected static void Bounded(byte[] input, int factor, Action<byte[]> entry)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            entry(input);
        }
        catch (UaException)
        {
            // Refused, as it may be.
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > 256 * 1024 + (long)factor * input.Length)
            throw new InvalidOperationException($"{allocated} bytes were allocated for {input.Length} bytes of input.");
    }
}

/// <summary>An input that a target did not survive as it should.</summary>
public sealed class FuzzFindingException(string target, int seed, long round, byte[] input, Exception cause)
    : Exception($"{target} (seed {seed}, round {round}): {cause.GetType().Name}: {cause.Message} — once mended, add to findings.vectors: {target}: {Convert.ToHexString(input)}", cause)
{
    public byte[] Input { get; } = input;
}
