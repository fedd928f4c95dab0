using System.Text.Json;
using System.Text.Json.Serialization;
using PatchEdge.Scheduler.Features.Accounts;
using PatchEdge.Scheduler.Features.Calendar;
using PatchEdge.Scheduler.Features.Campaigns;
using PatchEdge.Scheduler.Features.EmergencyStop;
using PatchEdge.Scheduler.Features.Health;
using PatchEdge.Scheduler.Features.Hosts;
using PatchEdge.Scheduler.Features.Jobs;
using PatchEdge.Scheduler.Features.Lines;
using PatchEdge.Scheduler.Features.Records;
using PatchEdge.Scheduler.Features.Waivers;
using PatchEdge.Scheduler.Training;

namespace PatchEdge.Scheduler.Access;

/// <summary>How the API writes and reads: camelCase names, enumerations by name, nulls left out, unknown members refused.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    MaxDepth = 16)]
[JsonSerializable(typeof(JobView[]))]
[JsonSerializable(typeof(WhyView))]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(CampaignView[]))]
[JsonSerializable(typeof(CampaignApprovalRequest))]
[JsonSerializable(typeof(ReasonRequest))]
[JsonSerializable(typeof(SettleRequest))]
[JsonSerializable(typeof(StandByRequest))]
[JsonSerializable(typeof(BreakGlassRequest))]
[JsonSerializable(typeof(GapBudgetRequest))]
[JsonSerializable(typeof(ApprovalRequest))]
[JsonSerializable(typeof(ResumeRequest))]
[JsonSerializable(typeof(WaiverView[]))]
[JsonSerializable(typeof(JobWaiversView))]
[JsonSerializable(typeof(OrderView))]
[JsonSerializable(typeof(FileErrorsView))]
[JsonSerializable(typeof(TrainingView))]
[JsonSerializable(typeof(EmergencyStopView))]
[JsonSerializable(typeof(LineView[]))]
[JsonSerializable(typeof(HostView[]))]
[JsonSerializable(typeof(GatewayView[]))]
[JsonSerializable(typeof(LedgerEntryView[]))]
[JsonSerializable(typeof(LedgerCheckView))]
[JsonSerializable(typeof(HealthView))]
[JsonSerializable(typeof(CalendarView))]
[JsonSerializable(typeof(SessionRequest))]
[JsonSerializable(typeof(PasswordRequest))]
[JsonSerializable(typeof(MistakesView))]
[JsonSerializable(typeof(AccountView[]))]
[JsonSerializable(typeof(AccountRequest))]
[JsonSerializable(typeof(RolesRequest))]
[JsonSerializable(typeof(AccountChangeView))]
internal sealed partial class ApiJson : JsonSerializerContext
{
    /// <summary>The same, indented, for a person's screen.</summary>
    public static ApiJson Indented => field ??= new ApiJson(new JsonSerializerOptions(Default.Options) { WriteIndented = true });
}
