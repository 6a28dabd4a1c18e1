package sallyport.gateway;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import sallyport.admin.Control;
import sallyport.admin.GatewayStatus;
import sallyport.gateway.reload.ReloadCoordinator;
import sallyport.gateway.reload.Rotations;
import sallyport.gateway.runtime.GatewayResources;
import sallyport.gateway.runtime.Sockets;
import sallyport.observe.audit.AuditEvent;

/**
 * Control of a gateway by its operators.
 *
 * @param reloads the coordinator, once there is one
 * @param started when the gateway began to serve
 */
record OperatorControl(
    Supplier<ReloadCoordinator> reloads,
    GatewayResources resources,
    Sockets sockets,
    Rotations rotations,
    String version,
    Instant started)
    implements Control {

  @Override
  public GatewayStatus status() {
    ReloadCoordinator running = reloads.get();
    return StatusReport.of(
        running.runtime(),
        version,
        started,
        resources.clock().instant().truncatedTo(ChronoUnit.SECONDS),
        resources.transport().name(),
        sockets.addresses(),
        rotations.held(),
        accounts(),
        running.last(),
        rotations.refusals());
  }

  private List<GatewayStatus.Account> accounts() {
    List<GatewayStatus.Account> accounts = new ArrayList<>();
    resources
        .credentials()
        .acme()
        .leaders()
        .forEach(
            (name, leader) ->
                accounts.add(new GatewayStatus.Account(name, leader.replica(), leader.isThis())));
    return accounts;
  }

  @Override
  public Answer reload(String operator, @Nullable String allowWeaken) {
    return audited(operator, "reload", "", allowWeaken, reloads.get().reload("admin", allowWeaken));
  }

  @Override
  public Answer drain(String operator, String endpoint, boolean force, @Nullable String reason) {
    return audited(
        operator, "drain", endpoint, reason, reloads.get().drain(endpoint, force, operator));
  }

  @Override
  public Answer undrain(String operator, @Nullable String endpoint, @Nullable String reason) {
    return audited(
        operator,
        "undrain",
        endpoint == null ? "" : endpoint,
        reason,
        reloads.get().undrain(endpoint, operator));
  }

  private Answer audited(
      String operator, String order, String object, @Nullable String reason, Answer answer) {
    resources
        .audit()
        .record(
            new AuditEvent.ControlUsed(
                operator, order, object, reason, answer.outcome().name().toLowerCase(Locale.ROOT)));
    return answer;
  }
}
