package sallyport.front.h2;

import io.netty.util.AsciiString;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.config.listener.LimitsConfig;
import sallyport.http.forwarded.ConnectionInfo;
import sallyport.proxy.ProxyContext;
import sallyport.proxy.RequestIntake;

/**
 * Shared parts of all streams of a client's connection. Immutable.
 *
 * @param intake takes the heads of requests
 * @param hsts the value of Strict-Transport-Security
 * @param bodyIdleNanos the maximum time between two pieces of a request body
 */
public record StreamContext(
    ProxyContext proxy,
    ConnectionInfo connection,
    RequestIntake intake,
    LimitsConfig limits,
    FieldNames fieldNames,
    AsciiString hsts,
    long bodyIdleNanos) {}
