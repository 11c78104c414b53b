using Daos.Fabric.Core.Randomness;

namespace Daos.Fabric.Core.Faults;

/// <summary>
/// The faults of one process or one simulated node: which points fire, how often. Owned by one owner thread per registry. The points
/// stand in Release builds too, behind <see cref="Enabled"/>, which the JIT folds away when faults are off.
/// </summary>
public sealed class FaultRegistry(SeededRandom random)
{
    /// <summary>True when the process was started with DAOS_FAULTS=1 or the switch Daos.Fabric.Faults.</summary>
    public static readonly bool Enabled =
        Environment.GetEnvironmentVariable("DAOS_FAULTS") == "1"
        || (AppContext.TryGetSwitch("Daos.Fabric.Faults", out bool on) && on);

    private readonly Rule[] _rules = new Rule[Enum.GetValues<FaultPoint>().Length];

    /// <summary>Makes a point fire with a probability, a limited number of times.</summary>
    /// <param name="point">Where.</param>
    /// <param name="probability">0 to 1, drawn at every visit.</param>
    /// <param name="timesMax">Fires at most so often.</param>
    /// <param name="skip">Visits that pass unharmed first.</param>
    public void Arm(FaultPoint point, double probability = 1, int timesMax = int.MaxValue, int skip = 0) =>
        _rules[(int)point] = new Rule { Probability = probability, Left = timesMax, Skip = skip, Visits = _rules[(int)point].Visits, Fired = _rules[(int)point].Fired };

    /// <summary>Stops a point from firing.</summary>
    public void Disarm(FaultPoint point) => _rules[(int)point].Left = 0;

    /// <summary>How often the point was visited while faults were enabled.</summary>
    public long VisitsOf(FaultPoint point) => _rules[(int)point].Visits;

    /// <summary>How often the point fired.</summary>
    public long FiredOf(FaultPoint point) => _rules[(int)point].Fired;

    /// <summary>True when the fault is to happen now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Fires(FaultRegistry? registry, FaultPoint point) => Enabled && registry is not null && registry.Draw(point);

    private bool Draw(FaultPoint point)
    {
        ref Rule rule = ref _rules[(int)point];
        rule.Visits++;
        if (rule.Left <= 0)
        {
            return false;
        }

        if (rule.Skip > 0)
        {
            rule.Skip--;
            return false;
        }

        if (!random.Chance(rule.Probability))
        {
            return false;
        }

        rule.Left--;
        rule.Fired++;
        return true;
    }

    private struct Rule
    {
        public double Probability;
        public int Left;
        public int Skip;
        public long Visits;
        public long Fired;
    }
}
