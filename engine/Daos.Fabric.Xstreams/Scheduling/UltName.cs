using System.Reflection;

namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>Turns what a scheduler ran into a name that a person knows. Any thread.</summary>
internal static class UltName
{
    /// <summary>
    /// What names a subject and may be kept when the subject is used again: a name, a type or a method. Allocates nothing but for static
    /// methods, whose description the runtime makes.
    /// </summary>
    internal static object KeyOf(object subject) => subject switch
    {
        string name => name,
        Delegate { Target: { } target } => target.GetType(),
        Delegate method => method.Method,
        _ => subject.GetType(),
    };

    /// <summary>The name. Slow; for reports only.</summary>
    internal static string OfKey(object key) => key switch
    {
        string name => name,
        MethodInfo method => OfType(method.DeclaringType!),
        _ => OfType((Type)key),
    };

    // The box of a suspended method has the compiler's state machine as its first type argument: Handler+<ServeAsync>d__4.
    private static string OfType(Type type)
    {
        Type machine = type.IsGenericType && typeof(IAsyncStateMachine).IsAssignableFrom(type.GetGenericArguments()[0])
            ? type.GetGenericArguments()[0]
            : type;
        int open = machine.Name.IndexOf('<', StringComparison.Ordinal);
        int close = machine.Name.IndexOf('>', StringComparison.Ordinal);
        return machine.DeclaringType is { } owner && open >= 0 && close > open + 1
            ? $"{owner.Name}.{machine.Name[(open + 1)..close]}"
            : machine.Name;
    }
}
