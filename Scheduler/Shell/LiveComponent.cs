using Microsoft.AspNetCore.Components;
using PatchEdge.Scheduler.Features.Overview;

namespace PatchEdge.Scheduler.Shell;

/// <summary>A page that follows the site: it is drawn again whenever a new view was taken, and never has more than one drawing outstanding.</summary>
public abstract class LiveComponent : ComponentBase, IDisposable
{
    private SiteView? newest;
    private int drawing;
    private bool disposed;

    [Inject]
    private SiteBoard Board { get; set; } = null!;

    /// <summary>What to show; null until the first was taken.</summary>
    protected SiteView? Site { get; private set; }

    protected override async Task OnInitializedAsync()
    {
        Site = await Board.TakeAsync(CancellationToken.None);
        if (RendererInfo.IsInteractive && !disposed)
            Board.Changed += OnChanged;
    }

    /// <summary>A new view is about to be shown.</summary>
    protected virtual Task OnSiteAsync() => Task.CompletedTask;

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        disposed = true;
        Board.Changed -= OnChanged;
    }

    private void OnChanged(SiteView view)
    {
        Volatile.Write(ref newest, view);
        if (Interlocked.Exchange(ref drawing, 1) == 0)
            _ = InvokeAsync(DrawAsync);
    }

    private async Task DrawAsync()
    {
        Volatile.Write(ref drawing, 0);
        if (disposed)
            return;
        Site = Volatile.Read(ref newest);
        await OnSiteAsync();
        StateHasChanged();
    }
}
