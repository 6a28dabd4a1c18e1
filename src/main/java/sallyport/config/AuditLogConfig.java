package sallyport.config;

import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;

/**
 * Settings of the audit log: one JSON line a security event.
 *
 * @param linesPerSecond how many lines of their own the refusals of one listener, endpoint or key
 *     and one reason may have in a second; 1 or more
 * @param unwritable what is done while lines cannot be written
 */
public record AuditLogConfig(
    @Limit(
            key = "lines-per-second",
            min = "1",
            max = "100000",
            looser = Looser.NEVER,
            reason = "a change needs a restart")
        int linesPerSecond,
    UnwritableLog unwritable) {}
