namespace Sonde.Agent.Configuration;

/// <summary>The settings cannot be used; the message is one sentence that says which one, where it stands and what is allowed.</summary>
internal sealed class SettingsException(string message) : Exception(message);
