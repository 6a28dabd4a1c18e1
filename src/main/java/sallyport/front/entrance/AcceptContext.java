package sallyport.front.entrance;

import java.time.Duration;
import sallyport.config.listener.ProxiesConfig;
import sallyport.net.admission.Admission;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;

/**
 * Parts that a connection needs before its protocol begins, the same for all of a listener.
 * Immutable.
 *
 * @param proxies that may name the client
 * @param headerTimeout how long a PROXY protocol header may take; above 0
 */
public record AcceptContext(
    String listener,
    ProxiesConfig proxies,
    Admission admission,
    Duration headerTimeout,
    DownstreamMetrics metrics,
    AuditLog audit) {}
