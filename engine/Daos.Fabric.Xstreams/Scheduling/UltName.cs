namespace Daos.Fabric.Xstreams.Scheduling;

/// <summary>Turns what a scheduler ran into a name that a person knows. Any thread.</summary>
internal static class UltName
{
    /// <summary>
    /// The name of a string, a delegate or any other object. Only what never changes is looked at: the object may be in use again, for
    /// something else, on its owner's thread. Slow, and the first look at a type allocates; for reports only.
    /// </summary>
    internal static string Of(object subject) => subject switch
    {
        string name => name,
        Delegate { Target: { } target } => OfType(target.GetType()),
        Delegate method => OfType(method.Method.DeclaringType!),
        _ => OfType(subject.GetType()),
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
