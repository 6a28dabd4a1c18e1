package sallyport.comply.checklist.checks;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import sallyport.comply.checklist.control.CheckResult;
import sallyport.comply.checklist.control.Control;
import sallyport.comply.checklist.control.Findings;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.tls.policy.TlsPolicy;

/** Control of the exceptions that backends have from their TLS policies. */
final class ExceptionControls {
  private ExceptionControls() {}

  static void look(CheckResult observed, Findings findings) {
    for (BackendConfig backend : observed.config().backends().values()) {
      UpstreamTlsConfig tls = backend.tls().orElse(null);
      ExceptionConfig exception = tls == null ? null : tls.exception();
      if (tls != null && exception != null) {
        findings.unmet(
            Control.TLS_EXCEPTIONS, exception.location(), plan(backend, tls, exception, observed));
        beyondPolicy(exception, findings);
      }
    }
    findings.none(Control.TLS_EXCEPTIONS, observed.at("backends"), "no backend has an exception");
  }

  /** Returns the plan as one paragraph: what, where, why, who, until when, and what stands in. */
  private static String plan(
      BackendConfig backend,
      UpstreamTlsConfig tls,
      ExceptionConfig exception,
      CheckResult observed) {
    Set<String> endpoints =
        backend.endpoints().stream()
            .map(BackendConfig.EndpointConfig::toString)
            .collect(Collectors.toCollection(TreeSet::new));
    if (backend.endpointsFile() != null) {
      endpoints.add("those in " + backend.endpointsFile().file());
    }
    return "migration plan for backend '%s' (%s): allows %s beside the policy %s; reason: %s; owner: %s; to be mended by %s, %d days from now, when connections to it are refused; until then only keys with one of %d pins are accepted, and gateway_upstream_exception_uses_total{backend=\"%s\"} counts what is used of it"
        .formatted(
            backend.name(),
            String.join(", ", endpoints),
            String.join(", ", exception.words()),
            TlsPolicy.of(tls.policy()).label(),
            exception.reason(),
            exception.owner(),
            exception.expires(),
            exception.daysLeft(observed.now()),
            tls.peer().pins().size(),
            backend.name());
  }

  /** Notes what the findings of the policy do not say. */
  private static void beyondPolicy(ExceptionConfig exception, Findings findings) {
    Set<String> words = exception.words();
    String until = " until " + exception.expires() + " by an exception (tls-exceptions)";
    if (words.contains("tls1.0") || words.contains("tls1.1")) {
      findings.unmet(
          Control.TLS_VERSIONS, exception.location(), "TLS 1.0 or 1.1 may be spoken" + until);
    }
    if (words.contains("cbc") || words.contains("rsa-key-exchange")) {
      findings.unmet(
          Control.CIPHER_SUITES,
          exception.location(),
          "suites with CBC or without forward secrecy may be used" + until);
    }
    if (words.contains("name")) {
      findings.unmet(
          Control.BACKEND_MUTUAL_TLS,
          exception.location(),
          "a pinned key stands in place of the name and the chain" + until);
    }
  }
}
