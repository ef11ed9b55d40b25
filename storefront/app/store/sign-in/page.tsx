import { StaffSignIn } from "@/components/staff/staff-sign-in";

export default function SignIn() {
  return <StaffSignIn role="store_manager" home="/store" title="Store console" />;
}
