import { StaffSignIn } from "@/components/staff/staff-sign-in";

export default function SignIn() {
  return <StaffSignIn role="admin" home="/admin" title="Administration" />;
}
