package sallyport.gateway;

import java.time.Clock;
import sallyport.admission.BufferMemory;
import sallyport.logging.AuditLog;
import sallyport.metrics.GatewayMetrics;
import sallyport.redirect.ChallengeAnswers;
import sallyport.revocation.Ocsp;
import sallyport.revocation.Staples;
import sallyport.tls.Challenges;
import sallyport.transport.Transport;

/** What all configurations share, one after the other. */
record Shared(
    GatewayMetrics metrics,
    AuditLog audit,
    Clock clock,
    Transport transport,
    BufferMemory memory,
    Ocsp ocsp,
    Staples staples,
    Challenges tlsChallenges,
    ChallengeAnswers challengePages) {}
