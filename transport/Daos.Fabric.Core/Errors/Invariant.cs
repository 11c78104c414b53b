using System.Diagnostics.CodeAnalysis;

namespace Daos.Fabric.Core.Errors;

/// <summary>Checks of persistent or remote state that stay on in Release: stop rather than corrupt. Any thread.</summary>
public static class Invariant
{
    /// <summary>Throws <see cref="InvariantException"/> when the condition does not hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
    {
        if (!condition)
        {
            Fail(expression, file, line);
        }
    }

    [DoesNotReturn]
    private static void Fail(string expression, string file, int line) =>
        throw new InvariantException($"invariant broken: {expression} ({Path.GetFileName(file)}:{line})");
}

/// <summary>An invariant of persistent or remote state is broken; the owner of that state stops.</summary>
public sealed class InvariantException(string message) : Exception(message);
