namespace Daos.Fabric.Store.Tests.Model;

/// <summary>
/// Makes a failing case small: takes away what comes after the failure, then runs of steps, halves first, single ones last, as long as
/// what is left still fails. The result fails, and no single step of it can go, unless the tries were used up.
/// </summary>
internal static class ModelShrinker
{
    /// <param name="failing">A case that fails.</param>
    /// <param name="fails">Runs one and says whether it fails.</param>
    /// <param name="triesMax">Cases run at most.</param>
    internal static ModelCase Shrink(ModelCase failing, Func<ModelCase, bool> fails, int triesMax)
    {
        List<ModelStep> steps = [.. failing.Steps];
        int tries = 0;
        for (int chunk = steps.Count / 2; chunk > 0;)
        {
            bool removed = false;

            // From the end: what comes after the failure goes first.
            for (int at = steps.Count - chunk; at > -chunk && tries < triesMax; at -= chunk)
            {
                int from = Math.Max(at, 0);
                List<ModelStep> fewer = [.. steps[..from], .. steps[(at + chunk)..]];
                tries++;
                if (fewer.Count < steps.Count && fails(failing with { Steps = fewer }))
                {
                    steps = fewer;
                    removed = true;
                }
            }

            chunk = removed && chunk == 1 && tries < triesMax ? 1 : chunk / 2;
        }

        return failing with { Steps = steps };
    }
}
