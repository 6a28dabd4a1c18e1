package sallyport.gateway.runtime;

import java.time.Clock;
import java.util.Map;
import sallyport.gate.rate.RouteRates;
import sallyport.gateway.maintenance.MaintenanceFiles;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.net.admission.BufferMemory;
import sallyport.net.names.Names;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.postgres.CancelSessions;

/**
 * Resources that last as long as the gateway, for every configuration.
 *
 * <p>Any thread.
 */
public record GatewayResources(
    CredentialServices credentials,
    Map<Log, LogStatus> logs,
    Transport transport,
    Names names,
    BufferMemory memory,
    RouteRates rates,
    CancelSessions cancels,
    MaintenanceFiles maintenance) {

  public GatewayMetrics metrics() {
    return credentials.metrics();
  }

  public AuditLog audit() {
    return credentials.audit();
  }

  public Clock clock() {
    return credentials.clock();
  }
}
