using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using PatchEdge.Scheduler.Execution;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Ledger;
using PatchEdge.Scheduler.Ledger.Heads;
using PatchEdge.Scheduler.Ledger.Tree;
using PatchEdge.Scheduler.Planning;
using PatchEdge.Scheduler.Storage.Postgres;

namespace PatchEdge.Scheduler.Storage;

/// <summary>The scheduler's own state. Times are stored as UTC milliseconds since 1970, so that they sort; enumerations by name.</summary>
internal sealed class SchedulerDb : DbContext
{
    public SchedulerDb(DbContextOptions<SchedulerDb> options)
        : base(options)
    {
        // Also a single statement is a transaction, so that it begins as every one does: with the question who leads.
        if (Database.IsNpgsql())
            Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;
    }

    public DbSet<PatchJob> Jobs => Set<PatchJob>();

    public DbSet<JobApproval> Approvals => Set<JobApproval>();

    public DbSet<Run> Runs => Set<Run>();

    public DbSet<ProgressEntry> Progress => Set<ProgressEntry>();

    public DbSet<VerdictChange> Verdicts => Set<VerdictChange>();

    public DbSet<LedgerEntry> Ledger => Set<LedgerEntry>();

    public DbSet<LedgerNode> LedgerNodes => Set<LedgerNode>();

    public DbSet<SignedHead> LedgerHeads => Set<SignedHead>();

    public DbSet<Waiver> Waivers => Set<Waiver>();

    public DbSet<Campaign> Campaigns => Set<Campaign>();

    public DbSet<CampaignJob> CampaignJobs => Set<CampaignJob>();

    public DbSet<CampaignApproval> CampaignApprovals => Set<CampaignApproval>();

    public DbSet<EmergencyStopRecord> EmergencyStop => Set<EmergencyStopRecord>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcMilliseconds>();
        configurationBuilder.Properties<TimeSpan>().HaveConversion<long>();
        configurationBuilder.Properties<Enum>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<PatchJob>().ToTable("job").HasKey(job => job.Id);
        modelBuilder.Entity<JobApproval>().ToTable("job_approval").HasKey(approval => new { approval.JobId, approval.ContentHash, approval.By });
        modelBuilder.Entity<Run>(run =>
        {
            run.ToTable("run").HasKey(item => item.Id);
            run.HasIndex(item => new { item.JobId, item.Attempt }).IsUnique();
            run.HasIndex(item => item.Token).IsUnique();
        });
        modelBuilder.Entity<ProgressEntry>().ToTable("run_progress").HasKey(entry => new { entry.RunId, entry.Sequence });
        modelBuilder.Entity<VerdictChange>(change =>
        {
            change.ToTable("verdict").HasKey(item => item.Id);
            change.HasIndex(item => new { item.RunId, item.Gate, item.Subject, item.Id });
        });
        modelBuilder.Entity<LedgerEntry>(entry =>
        {
            entry.ToTable("ledger").HasKey(item => item.Index);
            entry.Property(item => item.Index).ValueGeneratedNever();
        });
        modelBuilder.Entity<LedgerNode>().ToTable("ledger_node").HasKey(node => new { node.Level, node.Number });
        modelBuilder.Entity<SignedHead>(head =>
        {
            head.ToTable("ledger_head").HasKey(item => item.Size);
            head.Property(item => item.Size).ValueGeneratedNever();
        });
        modelBuilder.Entity<Waiver>(waiver =>
        {
            waiver.ToTable("waiver").HasKey(item => item.Id);
            waiver.HasIndex(item => item.RunId);
        });
        modelBuilder.Entity<Campaign>().ToTable("campaign").HasKey(campaign => campaign.Id);
        modelBuilder.Entity<CampaignJob>(job =>
        {
            job.ToTable("campaign_job").HasKey(item => item.JobId);
            job.HasIndex(item => item.CampaignId);
        });
        modelBuilder.Entity<CampaignApproval>().ToTable("campaign_approval").HasKey(approval => new { approval.CampaignId, approval.PlanHash, approval.By });
        modelBuilder.Entity<EmergencyStopRecord>().ToTable("emergency_stop").Property(item => item.Id).ValueGeneratedNever();
        OrdinalText.Use(modelBuilder, Database);
    }

    private sealed class UtcMilliseconds() : ValueConverter<DateTimeOffset, long>(
        time => time.ToUnixTimeMilliseconds(), stored => DateTimeOffset.FromUnixTimeMilliseconds(stored));
}
