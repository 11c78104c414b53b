namespace Daos.Fabric.Client.Contexts;

/// <summary>
/// Numbers the modifications that go to one target and knows the lowest that has no answer yet, which every request tells the engine
/// so that it may forget older results. Owned by the context's owner thread.
/// </summary>
internal sealed class SequenceWindow
{
    private readonly ulong[] _answered = new ulong[ClientLimits.SequenceWindow / 64];
    private ulong _next = 1;

    /// <summary>Every lower number was answered, or given up and will never be sent again.</summary>
    internal ulong LowestUnanswered { get; private set; } = 1;

    /// <summary>Modifications without an answer, and answered ones above them.</summary>
    internal int Span => (int)(_next - LowestUnanswered);

    /// <summary>The next number; false when the window is full because an old modification is still unanswered.</summary>
    internal bool TryTake(out ulong sequence)
    {
        sequence = _next;
        if (_next - LowestUnanswered == ClientLimits.SequenceWindow)
        {
            return false;
        }

        _next++;
        return true;
    }

    /// <summary>The modification was answered, or given up: it will not be sent again.</summary>
    internal void Answered(ulong sequence)
    {
        Debug.Assert(sequence >= LowestUnanswered && sequence < _next, "not under way");
        Word(sequence) |= Bit(sequence);
        while (LowestUnanswered < _next && (Word(LowestUnanswered) & Bit(LowestUnanswered)) != 0)
        {
            Word(LowestUnanswered) &= ~Bit(LowestUnanswered);
            LowestUnanswered++;
        }
    }

    private static ulong Bit(ulong sequence) => 1UL << (int)(sequence & 63);

    private ref ulong Word(ulong sequence) => ref _answered[(sequence / 64) & (ClientLimits.SequenceWindow / 64 - 1)];
}
