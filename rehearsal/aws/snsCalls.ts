import { AwsError } from "./errors";
import type { QueryParameters, QueryService } from "./queryProtocol";
import type { LocalSns } from "./topics";

function attributes(parameters: QueryParameters): Record<string, string> {
  return Object.fromEntries(
    parameters.entries("MessageAttributes").map((entry) => {
      const name = parameters.required(`${entry}Name`);
      const type = parameters.required(`${entry}Value.DataType`);
      if (type !== "String") {
        throw new AwsError("ParameterValueInvalid", `The local SNS does not know attributes of type ${type}`);
      }
      return [name, parameters.required(`${entry}Value.StringValue`)];
    }),
  );
}

/** The calls of SNS that the functions make. */
export function snsService(sns: LocalSns): QueryService {
  return {
    name: "SNS",
    namespace: "http://sns.amazonaws.com/doc/2010-03-31/",
    calls: {
      Publish: (principal, parameters) => {
        const message = {
          topicArn: parameters.required("TopicArn"),
          subject: parameters.required("Subject"),
          text: parameters.required("Message"),
          attributes: attributes(parameters),
          source: "gate",
        } as const;
        parameters.refuseUnread();
        return { MessageId: sns.publish(principal, message) };
      },
    },
  };
}
