namespace Daos.Fabric.Xstreams.Placement;

/// <summary>
/// The rules of where threads run, as a pure function: with two cores or fewer the system, SWIM and first target share one thread;
/// threads that spin never exceed cores minus one (but one may always spin a little); pinning follows the given list, targets first.
/// </summary>
public static class XstreamPlanner
{
    private const int SystemTag = 0;
    private const int SwimTag = 1;
    private const int FirstTargetTag = 2;
    private const int CoresThatShare = 2;

    /// <summary>Plans the xstreams; target i is served by the xstream that has tag 2 + i.</summary>
    public static IReadOnlyList<XstreamPlan> Plan(XstreamPlanOptions options)
    {
        options.Validate();
        var plans = new List<XstreamPlan>();
        bool shared = options.Cores <= CoresThatShare;
        if (!shared)
        {
            plans.Add(new XstreamPlan("system", [SystemTag], -1, 0));
            plans.Add(new XstreamPlan("swim", [SwimTag], -1, 0));
        }

        for (int target = 0; target < options.Targets; target++)
        {
            int[] tags = shared && target == 0 ? [SystemTag, SwimTag, FirstTargetTag] : [FirstTargetTag + target];
            plans.Add(new XstreamPlan($"target-{target}", tags, -1, 0));
        }

        return GiveCores(plans, options, firstTarget: shared ? 0 : 2);
    }

    // Targets first: they carry the data path. The system and SWIM xstreams spin only when cores are left.
    private static List<XstreamPlan> GiveCores(List<XstreamPlan> plans, XstreamPlanOptions options, int firstTarget)
    {
        int spinnersLeft = Math.Max(1, options.Cores - 1);
        for (int order = 0; order < plans.Count; order++)
        {
            int index = (firstTarget + order) % plans.Count;
            bool spins = spinnersLeft > 0;
            spinnersLeft--;
            plans[index] = plans[index] with
            {
                PinCore = order < options.PinCores.Count ? options.PinCores[order] : -1,
                SpinNs = !spins || options.Polling == PollingPolicy.Sleep ? 0
                    : options.Polling == PollingPolicy.Busy ? long.MaxValue
                    : XstreamPlanOptions.DefaultSpinNs,
            };
        }

        return plans;
    }
}
