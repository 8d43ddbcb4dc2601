namespace Orleans.Conformance;

public interface IReminderGrain : IGrainWithStringKey
{
    Task Register(string name, TimeSpan due, TimeSpan period);

    Task<string?> Find(string name);

    Task<string[]> All();

    Task Unregister(string name);

    Task RegisterForNobody(string name);

    Task End();
}

public sealed class ReminderGrain(Journal journal) : Grain, IReminderGrain, IRemindable
{
    public Task Register(string name, TimeSpan due, TimeSpan period) => this.RegisterOrUpdateReminder(name, due, period);

    public async Task<string?> Find(string name) => (await this.GetReminder(name, CancellationToken.None))?.ReminderName;

    public async Task<string[]> All() => [.. (await this.GetReminders()).Select(reminder => reminder.ReminderName).Order(StringComparer.Ordinal)];

    public async Task Unregister(string name)
    {
        await this.UnregisterReminder((await this.GetReminder(name))!);
        journal.Add(this.GetPrimaryKeyString(), "unregistered");
    }

    public async Task RegisterForNobody(string name)
    {
        try
        {
            await this.RegisterOrUpdateReminder(name, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            journal.Add(this.GetPrimaryKeyString(), "cancelled");
        }
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status)
    {
        journal.Add(this.GetPrimaryKeyString(), reminderName);
        return reminderName == "fails" ? throw new RefusedException("reminder") : Task.CompletedTask;
    }
}

public interface INotRemindableGrain : IGrainWithStringKey
{
    Task Register();
}

public sealed class NotRemindableGrain : Grain, INotRemindableGrain
{
    public Task Register() => this.RegisterOrUpdateReminder("x", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
}
