using BenchmarkDotNet.Attributes;

namespace PatchEdge.Benchmarks.OpcUa;

/// <summary><c>decoder</c>: a Publish response decoded, beside the floor of moving and decrypting its bytes; times are per notification.</summary>
[MemoryDiagnoser]
public class DecoderBenchmarks : IDisposable
{
    private readonly PublishSample sample = new();

    [GlobalCleanup]
    public void Dispose()
    {
        sample.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark(OperationsPerInvoke = PublishSample.Notifications)]
    public void Copy() => sample.Copy();

    [Benchmark(OperationsPerInvoke = PublishSample.Notifications)]
    public int Decode() => sample.Decode();

    [Benchmark(OperationsPerInvoke = PublishSample.Notifications)]
    public int CopyAndDecode() => sample.CopyAndDecode();

    [Benchmark(OperationsPerInvoke = PublishSample.Notifications)]
    public int Open() => sample.Open();

    [Benchmark(OperationsPerInvoke = PublishSample.Notifications)]
    public int OpenAndDecode() => sample.OpenAndDecode();
}
