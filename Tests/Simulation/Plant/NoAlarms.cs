using System.Reflection;
using Quartz;

namespace PatchEdge.Simulation.Plant;

/// <summary>An alarm clock that never rings: evidence wakes the runner often enough.</summary>
internal class NoAlarms : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var type = targetMethod!.ReturnType;
        if (type == typeof(void))
            return null;
        if (type == typeof(Task))
            return Task.CompletedTask;
        if (type.IsGenericType && type.GetGenericTypeDefinition() is var open && (open == typeof(ValueTask<>) || open == typeof(Task<>)))
        {
            var result = type.GenericTypeArguments[0];
            var value = result == typeof(IScheduler) ? Create<IScheduler, NoAlarms>() : result.IsValueType ? Activator.CreateInstance(result) : null;
            return open == typeof(ValueTask<>) ? Activator.CreateInstance(type, value) : typeof(Task).GetMethod(nameof(Task.FromResult))!.MakeGenericMethod(result).Invoke(null, [value]);
        }

        return type.IsValueType ? Activator.CreateInstance(type) : null;
    }
}
