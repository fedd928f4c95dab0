using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using PatchEdge.Scheduler.Storage;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Continuity;

/// <summary>What gateways said of their watching, and the lines' states, in a file of its own: a burst of gaps must not keep the ledger waiting.</summary>
internal sealed class ContinuityDb(DbContextOptions<ContinuityDb> options) : DbContext(options)
{
    /// <remarks>Several schedulers that share a database all hear the same: what they hear is kept once.</remarks>
    public static readonly SchemaPlan Plan = new(1, [])
    {
        AlsoCreatePostgres = """CREATE UNIQUE INDEX line_change_once ON line_change ("Line", "Gateway", "At");""",
    };

    public DbSet<StoredGap> Gaps => Set<StoredGap>();

    public DbSet<StoredAttestation> Attestations => Set<StoredAttestation>();

    public DbSet<LineChange> Lines => Set<LineChange>();

    public DbSet<IntakeLoss> Losses => Set<IntakeLoss>();

    public DbSet<StoredSeal> Seals => Set<StoredSeal>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<StoredGap>(gap =>
        {
            gap.ToTable("gap").HasKey(item => item.Id);
            gap.HasIndex(item => new { item.Line, item.Start });
            gap.HasIndex(item => item.End);
        });
        modelBuilder.Entity<StoredAttestation>(attestation =>
        {
            attestation.ToTable("attestation").HasKey(item => new { item.Gateway, item.Sequence });
            attestation.HasIndex(item => new { item.Gateway, item.End });
        });
        modelBuilder.Entity<LineChange>(change =>
        {
            change.ToTable("line_change").HasKey(item => item.Id);
            change.HasIndex(item => new { item.Line, item.At });
        });
        modelBuilder.Entity<IntakeLoss>().ToTable("intake_loss").HasKey(item => item.Id);
        modelBuilder.Entity<StoredSeal>().ToTable("pack_seal").HasKey(item => item.Manifest);
        OrdinalText.Use(modelBuilder, Database);
    }

    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(), stored => DateTimeOffset.FromUnixTimeMilliseconds(stored));
}
