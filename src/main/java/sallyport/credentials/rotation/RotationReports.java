package sallyport.credentials.rotation;

import java.time.Clock;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Receivers of what rotators report. Any thread.
 *
 * @param rotated runs after each rotation, on the rotator's lane
 */
public record RotationReports(
    Clock clock, AuditLog audit, GatewayMetrics metrics, Runnable rotated) {}
