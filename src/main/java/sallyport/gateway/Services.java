package sallyport.gateway;

import java.time.Clock;
import java.util.Map;
import sallyport.admission.BufferMemory;
import sallyport.logging.AuditLog;
import sallyport.logging.Log;
import sallyport.logging.LogStatus;
import sallyport.metrics.GatewayMetrics;
import sallyport.redirect.ChallengeAnswers;
import sallyport.revocation.Ocsp;
import sallyport.revocation.Staples;
import sallyport.tls.Challenges;
import sallyport.transport.Transport;

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
    ChallengeAnswers challengePages) {}
