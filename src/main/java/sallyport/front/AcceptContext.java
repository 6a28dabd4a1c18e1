package sallyport.front;

import java.time.Duration;
import sallyport.config.listener.ProxiesConfig;
import sallyport.net.admission.Admission;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.DownstreamMetrics;

/**
 * What a connection passes before its protocol begins; the same for all of a listener.
 *
 * @param proxies who may say for whom a connection is
 * @param headerTimeout how long a PROXY protocol header may take
 */
public record AcceptContext(
    String listener,
    ProxiesConfig proxies,
    Admission admission,
    Duration headerTimeout,
    DownstreamMetrics metrics,
    AuditLog audit) {}
