namespace PatchEdge.Gateway.Delivery.Influx;

/// <summary>How to reach the historian.</summary>
internal sealed record InfluxOptions
{
    /// <summary>Base address, <c>http://host:8086</c>; a path in it is kept.</summary>
    public required Uri Url { get; init; }

    /// <summary>Which version's rules to write by; null asks <c>/ping</c>.</summary>
    public InfluxDialect? Dialect { get; init; }

    /// <summary>1.x and 3.x: the database. 2.x: null.</summary>
    public string? Database { get; init; }

    /// <summary>1.x: the retention policy; null for the default one.</summary>
    public string? RetentionPolicy { get; init; }

    /// <summary>2.x: the organisation.</summary>
    public string? Organisation { get; init; }

    /// <summary>2.x: the bucket.</summary>
    public string? Bucket { get; init; }

    /// <summary>1.x: user name, with <see cref="Password"/>; null for none.</summary>
    public string? User { get; init; }

    public string? Password { get; init; }

    /// <summary>2.x and 3.x: API token; null for none.</summary>
    public string? Token { get; init; }

    /// <summary>For one request, whole.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often what was delivered is read back and compared; null never.</summary>
    public TimeSpan? VerifyPace { get; init; }

    /// <summary>How long new entries gather, once the historian has all others, so that a request is worth its cost.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(500);

    public int MostLines { get; init; } = 5000;

    /// <summary>Before compression.</summary>
    public int MostBytes { get; init; } = 1024 * 1024;

    public TimeSpan ShortestBackOff { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Whose rules a write follows.</summary>
internal enum InfluxDialect
{
    /// <summary><c>/write?db</c>; 400 for a partial write.</summary>
    V1,

    /// <summary><c>/api/v2/write?org&amp;bucket</c>; 422 for a partial write.</summary>
    V2,

    /// <summary><c>/api/v3/write_lp?db</c>; 400 for a partial write.</summary>
    V3,
}
