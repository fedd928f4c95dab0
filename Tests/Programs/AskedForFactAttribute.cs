using System.Runtime.CompilerServices;
using Xunit.Sdk;
using Xunit.v3;

namespace PatchEdge.Programs;

/// <summary>A test that takes too long for every day: it is there only while an environment variable asks for it, and says how much of it.</summary>
/// <param name="variable">Its name.</param>
/// <param name="file">Where the test stands.</param>
/// <param name="line">On which line.</param>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer(typeof(Discoverer))]
public sealed class AskedForFactAttribute(string variable, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : FactAttribute(file, line)
{
    /// <summary>The environment variable that asks for the test.</summary>
    public string Variable => variable;

    /// <summary>Finds the test only when it was asked for.</summary>
    public sealed class Discoverer : FactDiscoverer
    {
        public override ValueTask<IReadOnlyCollection<IXunitTestCase>> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, IXunitTestMethod testMethod, IFactAttribute factAttribute) =>
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable(((AskedForFactAttribute)factAttribute).Variable))
                ? ValueTask.FromResult<IReadOnlyCollection<IXunitTestCase>>([])
                : base.Discover(discoveryOptions, testMethod, factAttribute);
    }
}
