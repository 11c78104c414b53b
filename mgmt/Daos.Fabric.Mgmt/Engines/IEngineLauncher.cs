namespace Daos.Fabric.Mgmt.Engines;

/// <summary>Starts engines; tests give one without processes. Any thread.</summary>
internal interface IEngineLauncher
{
    /// <summary>Starts one. Throws <see cref="EngineLaunchException"/> when there is no process.</summary>
    IEngineProcess Launch(EngineLaunch launch);
}
