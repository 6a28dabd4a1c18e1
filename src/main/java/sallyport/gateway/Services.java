package sallyport.gateway;

import java.time.Clock;
import java.util.Map;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.net.admission.BufferMemory;
import sallyport.net.transport.Transport;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.redirect.ChallengeAnswers;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.rotation.TlsServices;

/** What all configurations share, one after the other. */
record Services(
    GatewayMetrics metrics,
    AuditLog audit,
    Map<Log, LogStatus> logs,
    Clock clock,
    Transport transport,
    BufferMemory memory,
    Ocsp ocsp,
    Staples staples,
    Challenges tlsChallenges,
    ChallengeAnswers challengePages) {
  /** Returns those that TLS of listeners and backends needs. */
  TlsServices tls() {
    return new TlsServices(ocsp, staples, metrics, audit, clock);
  }
}
