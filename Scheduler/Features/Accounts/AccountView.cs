using System.Collections.Immutable;

namespace PatchEdge.Scheduler.Features.Accounts;

/// <summary>An account as administrators see it.</summary>
/// <param name="Name">As the ledger names its owner.</param>
/// <param name="Roles">What its owner may do.</param>
/// <param name="Closed">Nobody can sign in with it.</param>
/// <param name="LockedUntil">After wrong passwords, UTC; null when it is not.</param>
/// <param name="PasswordIsInitial">Its owner has not chosen a password yet.</param>
public sealed record AccountView(string Name, ImmutableArray<string> Roles, bool Closed, DateTimeOffset? LockedUntil, bool PasswordIsInitial);
